"""What every engine under measurement shares: the work as JSON on standard input, a JSON line per stage on standard output.

The Swift counterpart is StageTimer. A worker offers `load()` and a function for each kind of task.
"""

import json
import sys
import time
from pathlib import Path

import numpy


def memory(key: str) -> int:
    """A line of /proc/self/status in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    return 0


def reset_peak() -> None:
    """Lets the kernel count the peak anew."""
    Path("/proc/self/clear_refs").write_text("5")


def array(path: str, shape: list[int]) -> numpy.ndarray:
    return numpy.fromfile(path, dtype="<f4").reshape(shape)


def report(stage: str, seconds: list[float], resident_before: int) -> None:
    fields = {"stage": stage, "seconds": seconds, "residentBefore": resident_before, "peakMemory": memory("VmHWM")}
    print(json.dumps(fields), flush=True)


def run(load) -> None:
    """Loads once, then runs the tasks in turn. `load(work)` returns a dictionary from task kind to a function of the task
    that returns a function of the call's number that computes and returns an array."""
    work = json.load(sys.stdin)
    start = time.perf_counter()
    operations = load(work)
    report("load", [time.perf_counter() - start], 0)
    for task in work["tasks"]:
        reset_peak()
        before, seconds, result = memory("VmRSS"), [], None
        compute = operations[task["kind"]](task)
        for call in range(task["calls"]):
            start = time.perf_counter()
            result = compute(call)
            seconds.append(time.perf_counter() - start)
        report(task["kind"], seconds, before)
        if task.get("output"):
            numpy.asarray(result, dtype="<f4").tofile(task["output"])
