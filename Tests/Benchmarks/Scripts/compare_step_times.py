#!/usr/bin/env python3
"""Times U-Net steps of `diffuse` and of diffusers in turn, on the same number of threads.

    python compare_step_times.py DIFFUSE MODEL [--size WxH] [--threads N] [--rounds N] [--steps N]

MODEL is a folder in diffusers' layout. Guidance is on, so that a step is a U-Net call on two rows, f32 on both sides. Each
round runs both; printed are wall-clock seconds a step of every round, the medians and their ratio, and the processor
seconds, which hold on a machine that has other work too.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel


def ours(arguments) -> tuple[list[float], float]:
    """Seconds of each step but the first, and processor seconds a step (load and decode left out by a shorter run)."""

    def run(steps: int) -> tuple[list[float], float]:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [arguments.diffuse, "a red apple", "--model", arguments.model, "--size", arguments.size, "--sampler",
                 "ddim", "--steps", str(steps), "--seed", "1", "--threads", str(arguments.threads), "--progress", "json",
                 "--output", str(Path(folder) / "picture.png")],
                check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        events = [json.loads(line) for line in done.stderr.splitlines()]
        seconds = [event["seconds"] for event in events if event["event"] == "step"]
        return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    _, base = run(1)
    seconds, processor = run(1 + arguments.steps)
    return seconds[1:], (processor - base) / arguments.steps


def theirs(unet, arguments) -> tuple[list[float], float]:
    width, height = (int(edge) // 8 for edge in arguments.size.split("x"))
    latents = torch.randn(2, unet.config.in_channels, height, width)
    context = torch.randn(2, 77, unet.config.cross_attention_dim)
    seconds, start = [], os.times()
    for _ in range(arguments.steps):
        begin = time.perf_counter()
        unet(latents, 500, context)
        seconds.append(time.perf_counter() - begin)
    end = os.times()
    return seconds, (end.user + end.system - start.user - start.system) / arguments.steps


def show(name: str, seconds: list[float], processor: float) -> None:
    print(f"{name}: {' '.join(f'{value:.2f}' for value in seconds)} s a step, {processor:.1f} processor seconds", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("diffuse")
    parser.add_argument("model")
    parser.add_argument("--size", default="512x512")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.set_grad_enabled(False)
    unet = UNet2DConditionModel.from_pretrained(f"{arguments.model}/unet", torch_dtype=torch.float32)
    theirs(unet, arguments)
    all_ours, all_theirs = [], []
    for _ in range(arguments.rounds):
        seconds, processor = ours(arguments)
        show("diffuse  ", seconds, processor)
        all_ours += seconds
        seconds, processor = theirs(unet, arguments)
        show("diffusers", seconds, processor)
        all_theirs += seconds
    a, b = statistics.median(all_ours), statistics.median(all_theirs)
    print(f"median: diffuse {a:.2f} s, diffusers {b:.2f} s, ratio {a / b:.2f}, {arguments.threads} threads")


if __name__ == "__main__":
    main()
