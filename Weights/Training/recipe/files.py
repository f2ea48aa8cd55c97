"""Files that are either there in full or not at all, the run's log, and the pause file."""

import os
import time
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replace_atomically(path: Path):
    """Yields a path beside `path`; on leaving without an error it takes the place of `path` in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    yield part
    with open(part, "rb") as stream:
        os.fsync(stream.fileno())
    os.replace(part, path)


class Log:
    """Lines with the time of day, to the terminal and to the run's log file."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path

    def __call__(self, line: str) -> None:
        stamped = f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}"
        print(stamped, flush=True)
        with open(self.path, "a", encoding="utf-8") as stream:
            stream.write(stamped + "\n")


def wait_while_paused(pause_file: Path | None, log: Log) -> float:
    """Sleeps while `pause_file` exists; returns the seconds slept."""
    if pause_file is None or not pause_file.exists():
        return 0.0
    log("paused")
    start = time.monotonic()
    while pause_file.exists():
        time.sleep(1)
    log("goes on")
    return time.monotonic() - start
