#!/usr/bin/env python3
"""What the approximations cost in PSNR against the exact run, and what they gain in time.

    python measure_approximations.py DIFFUSE [--model MODEL] [--steps N] [--size WxH] [--prompt P]... [--setting F]...

Each setting is a string of flags, such as "--cache deep:3". For every prompt the exact picture is rendered once and then
one with each setting, with the seed of the prompt's place in the list. Printed are the lowest and the mean PSNR of the
bytes over the prompts, and the processor seconds of the whole process as a share of the exact run's: a share that holds
on a machine that has other work too.
"""

import argparse
import math
import os
import resource
import statistics
import subprocess
import tempfile
from pathlib import Path

import numpy
from PIL import Image

PROMPTS = ["red apple", "tiger face", "rocket", "birthday cake", "snowman", "sailboat"]
SETTINGS = [
    "--cfg-range 0..0.75", "--cfg-range 0..0.5", "--cfg-range 0.25..1", "--cfg-range 0.2..0.8",
    "--cache deep:2", "--cache deep:3", "--cache deep:5", "--cache deep:3 --cfg-range 0..0.75",
]


def render(arguments, prompt: str, seed: int, flags: list[str], path: Path) -> tuple[numpy.ndarray, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    model = ["--model", arguments.model] if arguments.model else []
    size = ["--size", arguments.size] if arguments.size else []
    subprocess.run(
        [arguments.diffuse, prompt, "--seed", str(seed), "--steps", str(arguments.steps), "--quiet", "--force",
         "--output", str(path), *model, *size, *arguments.flags.split(), *flags],
        check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    pixels = numpy.asarray(Image.open(path).convert("RGB")).astype(float)
    return pixels, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def psnr(pixels: numpy.ndarray, exact: numpy.ndarray) -> float:
    error = ((pixels - exact) ** 2).mean()
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("diffuse", type=os.path.abspath)
    parser.add_argument("--model")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--size")
    parser.add_argument("--flags", default="", help="flags of every run")
    parser.add_argument("--prompt", action="append", default=[])
    parser.add_argument("--setting", action="append", default=[])
    arguments = parser.parse_args()
    prompts, settings = arguments.prompt or PROMPTS, arguments.setting or SETTINGS
    results = {setting: [] for setting in settings}
    with tempfile.TemporaryDirectory() as folder:
        for seed, prompt in enumerate(prompts):
            exact, exact_seconds = render(arguments, prompt, seed, [], Path(folder) / "exact.png")
            for setting in settings:
                pixels, seconds = render(arguments, prompt, seed, setting.split(), Path(folder) / "picture.png")
                results[setting].append((psnr(pixels, exact), seconds / exact_seconds))
    print("| setting | PSNR, lowest | PSNR, mean | processor time |\n|---|---|---|---|")
    for setting, values in results.items():
        qualities, shares = zip(*values)
        print(f"| `{setting}` | {min(qualities):.1f} | {statistics.mean(qualities):.1f} | {statistics.mean(shares):.2f} |")


if __name__ == "__main__":
    main()
