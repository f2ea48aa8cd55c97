#!/usr/bin/env python3
"""Pictures an hour: a job file of many prompts, as many runs of `diffuse`, and a diffusers loop with the model kept loaded.

    python compare_throughput.py DIFFUSE MODEL [--prompts N] [--size WxH] [--steps N] [--cfg-scale X] [--threads N]
                                               [--precision NAME] [--without diffusers|single]…

MODEL is a folder in diffusers' layout. All three render the same prompts with DDIM, same size, steps and guidance, in one
run of this script, one after the other; each is timed from the start of its first process (for diffusers: from before the
model is loaded, Python and its imports left out) to its last PNG.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

NOUNS = ["red apple", "rocket", "tiger face", "owl", "penguin", "sailboat", "lemon", "cactus", "guitar", "ghost"]
PLACES = ["on a blue background", "on a teal background", "on a white background", "at night", "in the sun"]


def prompts(count: int) -> list[str]:
    every = [f"{noun} {place}" for noun in NOUNS for place in PLACES]
    return [every[i % len(every)] + (f" {i}" if i >= len(every) else "") for i in range(count)]


def parameters(arguments) -> dict:
    width, height = (int(edge) for edge in arguments.size.split("x"))
    return {"width": width, "height": height, "steps": arguments.steps, "cfg_scale": arguments.cfg_scale,
            "sampler_name": "DDIM"}


def engine(arguments) -> list[str]:
    return ["--model", arguments.model, "--threads", str(arguments.threads), "--precision", arguments.precision, "--quiet"]


def batch(arguments, folder: Path) -> float:
    jobs = [{"prompt": prompt, "seed": index} for index, prompt in enumerate(prompts(arguments.prompts))]
    (folder / "jobs.json").write_text(json.dumps({"defaults": parameters(arguments), "jobs": jobs}))
    begin = time.perf_counter()
    subprocess.run([arguments.diffuse, "batch", "jobs.json", *engine(arguments)], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def single(arguments, folder: Path) -> float:
    begin = time.perf_counter()
    for index, prompt in enumerate(prompts(arguments.prompts)):
        subprocess.run(
            [arguments.diffuse, prompt, *engine(arguments), "--size", arguments.size, "--steps", str(arguments.steps),
             "--cfg-scale", str(arguments.cfg_scale), "--sampler", "ddim", "--seed", str(index), "-o",
             f"single-{index}.png"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def diffusers(arguments, folder: Path) -> float:
    import torch
    from diffusers import DDIMScheduler, StableDiffusionPipeline

    torch.set_num_threads(arguments.threads)
    width, height = (int(edge) for edge in arguments.size.split("x"))
    begin = time.perf_counter()
    pipe = StableDiffusionPipeline.from_pretrained(arguments.model, torch_dtype=torch.float32, safety_checker=None)
    pipe.scheduler = DDIMScheduler.from_config(pipe.scheduler.config)
    pipe.set_progress_bar_config(disable=True)
    for index, prompt in enumerate(prompts(arguments.prompts)):
        pipe(prompt, width=width, height=height, num_inference_steps=arguments.steps,
             guidance_scale=arguments.cfg_scale,
             generator=torch.Generator("cpu").manual_seed(index)).images[0].save(folder / f"diffusers-{index}.png")
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("diffuse", type=lambda path: str(Path(path).resolve()))
    parser.add_argument("model", type=lambda path: str(Path(path).resolve()))
    parser.add_argument("--prompts", type=int, default=50)
    parser.add_argument("--size", default="128x128")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--cfg-scale", type=float, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--without", action="append", default=[])
    arguments = parser.parse_args()
    ways = {"one job file": batch, "single runs": single, "diffusers": diffusers}
    left_out = {"single": "single runs", "diffusers": "diffusers"}
    ways = {name: way for name, way in ways.items() if name not in [left_out[given] for given in arguments.without]}
    print(f"{arguments.prompts} prompts, {arguments.size}, {arguments.steps} steps, {arguments.threads} threads, "
          f"{arguments.precision}\n\n| | s | pictures an hour |\n|---|---|---|", flush=True)
    for name, way in ways.items():
        with tempfile.TemporaryDirectory() as folder:
            seconds = way(arguments, Path(folder))
        print(f"| {name} | {seconds:.1f} | {arguments.prompts / seconds * 3600:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
