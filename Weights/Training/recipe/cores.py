"""How many threads are worth using beside other programs."""

import os
import time
from pathlib import Path

import torch


def busy_seconds() -> float:
    """Seconds all cores together have spent working since the machine started (Linux)."""
    fields = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


class ThreadCount:
    """`most` holds for the whole process (main sets it). Leaves one thread out for each core that other programs keep busy.

    Two threads that meet at every layer's end, one of them without a core, are slower than one: measured here,
    2.7 to 4.7 s a step against 1.8 to 2.8 s.
    """

    most = torch.get_num_threads()

    def __init__(self, seconds: float = 15):
        self.seconds = seconds
        self._mark()

    def _mark(self) -> None:
        self.start, self.busy, self.own = time.monotonic(), busy_seconds(), time.process_time()

    def adapt(self) -> None:
        """To be called before each step; changes torch's thread count every few seconds at most."""
        elapsed = time.monotonic() - self.start
        if elapsed > self.seconds:
            others = (busy_seconds() - self.busy - (time.process_time() - self.own)) / elapsed
            torch.set_num_threads(max(1, ThreadCount.most - int(others + 0.7)))
            self._mark()
