#!/usr/bin/env python3
"""Renders the same pictures with `diffuse` and with diffusers, and prints how far apart they are.

    python compare_with_diffusers.py DIFFUSE MODEL [--prompt TEXT]… [--size WxH]… [--steps N] [--cfg-scale X]
                                     [--sampler DDIM]… [--seed N] [--precision f32]

DIFFUSE is the program, MODEL a folder in diffusers' layout. One line a picture: PSNR in dB and the largest difference of
a byte. Both run in Float32 from `torch.Generator("cpu").manual_seed(seed)`.
"""

import argparse
import itertools
import subprocess
import tempfile
from pathlib import Path

import numpy
import torch
from diffusers import StableDiffusionPipeline
import diffusers
from PIL import Image


def ours(arguments, prompt: str, size: str, sampler: str) -> numpy.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        subprocess.run(
            [arguments.diffuse, "--prompt", prompt, "--model", arguments.model, "--size", size, "--sampler", sampler,
             "--steps", str(arguments.steps), "--cfg-scale", str(arguments.cfg_scale), "--seed", str(arguments.seed),
             "--precision", arguments.precision, "--output", path, "--quiet"],
            check=True, stdout=subprocess.DEVNULL)
        return numpy.asarray(Image.open(path)).astype(float)


def theirs(pipe, arguments, prompt: str, size: str) -> numpy.ndarray:
    width, height = (int(edge) for edge in size.split("x"))
    picture = pipe(
        prompt, width=width, height=height, num_inference_steps=arguments.steps, guidance_scale=arguments.cfg_scale,
        generator=torch.Generator("cpu").manual_seed(arguments.seed)).images[0]
    return numpy.asarray(picture).astype(float)


def psnr(a: numpy.ndarray, b: numpy.ndarray) -> float:
    error = ((a - b) ** 2).mean()
    return float("inf") if error == 0 else 10 * numpy.log10(255 * 255 / error)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("diffuse")
    parser.add_argument("model")
    parser.add_argument("--prompt", action="append")
    parser.add_argument("--size", action="append")
    parser.add_argument("--sampler", action="append")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--cfg-scale", type=float, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--precision", default="f32", help="ours; diffusers computes in f32")
    arguments = parser.parse_args()
    pipe = StableDiffusionPipeline.from_pretrained(arguments.model, torch_dtype=torch.float32, safety_checker=None)
    pipe.set_progress_bar_config(disable=True)
    config = pipe.scheduler.config
    cases = itertools.product(
        arguments.sampler or ["DDIM", "DDPM"], arguments.size or ["512x512"], arguments.prompt or ["a red apple"])
    for sampler, size, prompt in cases:
        pipe.scheduler = getattr(diffusers, f"{sampler}Scheduler").from_config(config)
        a, b = ours(arguments, prompt, size, sampler), theirs(pipe, arguments, prompt, size)
        print(f"{sampler} {size} {prompt!r}: {psnr(a, b):.1f} dB, largest difference {abs(a - b).max():.0f}", flush=True)


if __name__ == "__main__":
    main()
