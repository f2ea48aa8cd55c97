#!/usr/bin/env python3
"""Renders small random models with `diffuse` and with diffusers, with every sampler and every spacing, from text, from a
picture and into a mask, and prints the pictures that agree least.

    python compare_samplers.py DIFFUSE [--folder FOLDER] [--seed N] [--only CLASS]… [--kind text]… [--model NAME]… [--plain]

DIFFUSE is the program; its `diffuse samplers` says what there is to compare. Three architectures that no test has are made
in FOLDER from the seed; --plain leaves the spacings out. Ends with 1 where a picture is below 50 dB.
"""

import argparse
import dataclasses
import inspect
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import diffusers
import numpy
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline, StableDiffusionPipeline
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "TestSupport/Scripts"))
from goldens import pipeline_folder  # noqa: E402
from goldens.pipeline_models import TRAINING, Model, vae  # noqa: E402
from goldens.quiet import silence_libraries  # noqa: E402
from goldens.storage import read_json  # noqa: E402

PROMPT, NEGATIVE = "a castle on a hill under stars", "blurry, low quality"
PIPELINES = {"text": StableDiffusionPipeline, "picture": StableDiffusionImg2ImgPipeline,
             "mask": StableDiffusionInpaintPipeline}

# What a preset of `diffuse samplers` means beside its class.
PRESETS = {
    "ddim_trailing": {"timestep_spacing": "trailing"},
    "plms": {"skip_prk_steps": True},
    "dpm++ 2m sde": {"algorithm_type": "sde-dpmsolver++"},
    "dpm++ 2m sde heun": {"algorithm_type": "sde-dpmsolver++", "solver_type": "heun"},
    "uni_pc_bh2": {"solver_type": "bh2"},
}
SIGMAS = {"karras": "use_karras_sigmas", "exponential": "use_exponential_sigmas", "beta": "use_beta_sigmas",
          "lu": "use_lu_lambdas"}


def text(width: int, **others) -> dict:
    return dict(hidden_size=width, intermediate_size=2 * width, max_position_embeddings=24, **others)


def models(seed: int) -> list[Model]:
    """Three levels of odd widths and uneven heads; four levels with a velocity; two levels with one latent for two
    pixels. Latents of four channels: diffusers inpaints no others."""
    return [
        Model(
            "uneven", "", seed, merges=40, tokenizer={"model_max_length": 24},
            text_encoder=text(18, num_hidden_layers=3, num_attention_heads=3),
            unet=dict(
                down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
                up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), layers_per_block=2,
                norm_num_groups=3, block_out_channels=(9, 15, 21), attention_head_dim=(3, 5, 7), sample_size=16,
                cross_attention_dim=18),
            vae=vae((6, 8, 8), 4, use_quant_conv=False, use_post_quant_conv=False),
            scheduler=dict(_class_name="DDIMScheduler", **TRAINING, clip_sample=False, set_alpha_to_one=False,
                           steps_offset=1)),
        Model(
            "velocity", "", seed + 1, merges=70, tokenizer={"model_max_length": 24, "pad_token": "!"},
            text_encoder=text(24, num_hidden_layers=2, num_attention_heads=2, hidden_act="gelu"),
            unet=dict(
                down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
                up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3, layers_per_block=1, norm_num_groups=4,
                block_out_channels=(8, 12, 16, 16), attention_head_dim=(1, 2, 4, 4), sample_size=(8, 12),
                cross_attention_dim=24, use_linear_projection=True, resnet_time_scale_shift="scale_shift"),
            vae=vae((4, 8), 4, scaling_factor=0.7),
            scheduler=dict(_class_name="PNDMScheduler", **TRAINING, clip_sample=False, set_alpha_to_one=False,
                           steps_offset=1, prediction_type="v_prediction", solver_order=3)),
        Model(
            "linear", "", seed + 2, merges=20, tokenizer={"model_max_length": 24}, dtype="float16",
            text_encoder=text(16, num_hidden_layers=1, num_attention_heads=4),
            unet=dict(
                down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
                up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"), layers_per_block=1, norm_num_groups=2,
                block_out_channels=(6, 10), attention_head_dim=2, sample_size=12, cross_attention_dim=16,
                transformer_layers_per_block=2, act_fn="gelu", flip_sin_to_cos=False, freq_shift=1),
            vae=vae((4, 6), 4),
            scheduler=dict(_class_name="EulerDiscreteScheduler", num_train_timesteps=800, beta_schedule="linear",
                           beta_start=0.0005, beta_end=0.015, steps_offset=1, timestep_spacing="leading",
                           lower_order_final=False)),
    ]


@dataclasses.dataclass(frozen=True)
class Case:
    """One sampler as the command line names it, and as diffusers does."""

    class_name: str
    changes: dict
    arguments: list
    eta: float = 0.0

    def __str__(self) -> str:
        return " ".join([self.class_name.removesuffix("Scheduler"), *self.arguments[1:]])


def cases(arguments) -> list[Case]:
    only = arguments.only
    lines = subprocess.run([arguments.diffuse, "samplers"], check=True, capture_output=True, text=True).stdout.splitlines()
    found = []
    for line in lines:
        class_name, names = re.match(r"(\w+): (.*) \(", line).groups()
        if only and class_name not in only:
            continue
        names = names.split(", ")
        found += [case for case in variants(class_name, names[0]) if not (arguments.plain and "--scheduler" in case.arguments)]
        found += [Case(class_name, PRESETS[name], ["--sampler", name]) for name in names if name in PRESETS]
    return found


def variants(class_name: str, name: str) -> list[Case]:
    known = inspect.signature(getattr(diffusers, class_name).__init__).parameters
    plain = ["--sampler", name]
    found = [Case(class_name, {}, plain)]
    if "timestep_spacing" in known:
        found += [Case(class_name, {"timestep_spacing": spacing}, [*plain, "--scheduler", spacing])
                  for spacing in ("leading", "linspace", "trailing")]
    found += [Case(class_name, {key: True}, [*plain, "--scheduler", spacing])
              for spacing, key in SIGMAS.items() if key in known]
    if "eta" in inspect.signature(getattr(diffusers, class_name).step).parameters:
        found.append(Case(class_name, {}, [*plain, "--eta", "0.6"], 0.6))
    return found


def write_pictures(folder: Path, seed: int) -> None:
    random = numpy.random.default_rng(seed)
    for name, grid in (("picture.png", (5, 6)), ("mask.png", (3, 3))):
        coarse = Image.fromarray(random.integers(0, 256, (*grid, 3), dtype=numpy.uint8), "RGB")
        coarse.resize((48, 40), Image.Resampling.BICUBIC).save(folder / name)


def ours(program: str, model: Path, kind: str, case: Case, steps: int) -> numpy.ndarray | str:
    """The picture, or what the program says instead."""
    picture = ["-i", "picture.png", "--strength", "0.7"]
    start = {"text": [], "picture": picture, "mask": [*picture, "--mask", "mask.png"]}[kind]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.png"
        run = subprocess.run(
            [program, PROMPT, "-n", NEGATIVE, "-m", str(model), "--size", "48x40", "--steps", str(steps),
             "--cfg-scale", "5", "--seed", "3", "--threads", "1", "--precision", "f32", "--quiet", "-o", str(path),
             *start, *case.arguments], cwd=model, capture_output=True, text=True)
        return numpy.asarray(Image.open(path)).astype(float) if run.returncode == 0 else run.stderr.strip()


def theirs(parts: dict, model: Path, kind: str, case: Case, steps: int) -> numpy.ndarray:
    configuration = read_json(model / "scheduler/scheduler_config.json")
    scheduler = getattr(diffusers, case.class_name).from_config(configuration, **case.changes)
    pipeline = PIPELINES[kind](**{**parts, "scheduler": scheduler}, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    start = {"width": 48, "height": 40}
    if kind != "text":
        start = {"image": Image.open(model / "picture.png").convert("RGB"), "strength": 0.7}
    if kind == "mask":
        start |= {"mask_image": Image.open(model / "mask.png").convert("RGB"), "width": 48, "height": 40}
    picture = pipeline(
        PROMPT, negative_prompt=NEGATIVE, num_inference_steps=steps, guidance_scale=5.0, eta=case.eta,
        generator=torch.Generator("cpu").manual_seed(3), **start).images[0]
    return numpy.asarray(picture).astype(float)


def psnr(a: numpy.ndarray, b: numpy.ndarray) -> float:
    error = ((a - b) ** 2).mean()
    return float("inf") if error == 0 else 10 * numpy.log10(255 * 255 / error)


def compare(arguments, folder: Path) -> list[tuple[float, str]]:
    results, refused = [], []
    for model in models(arguments.seed):
        if arguments.model and model.name not in arguments.model:
            continue
        path = folder / model.name
        pipeline_folder.write(model, path)
        write_pictures(path, model.seed)
        whole = StableDiffusionPipeline.from_pretrained(path, torch_dtype=torch.float32)
        # The other pipelines take no pair; they need the number for nothing but a note about old files.
        whole.unet.register_to_config(sample_size=8)
        parts = {**whole.components}
        jobs = [(kind, case) for kind in arguments.kind or PIPELINES for case in cases(arguments)]
        with ThreadPoolExecutor(1) as pool:
            pictures = pool.map(lambda job: ours(arguments.diffuse, path, *job, arguments.steps), jobs)
            for (kind, case), picture in zip(jobs, pictures):
                name = f"{model.name} {kind} {case}"
                try:
                    other = theirs(parts, path, kind, case, arguments.steps)
                except Exception as error:  # diffusers has no picture: nothing to compare with
                    refused.append(f"{name}: diffusers: {type(error).__name__}: {str(error)[:80]}"
                                   f" / ours: {picture if isinstance(picture, str) else 'a picture'}")
                    continue
                if not other.any():
                    refused.append(f"{name}: diffusers: black, of what is no number / ours: "
                                   f"{picture if isinstance(picture, str) else 'a picture'}")
                elif isinstance(picture, str):
                    refused.append(f"{name}: {picture}")
                else:
                    results.append((psnr(picture, other), name))
                    print(f"{results[-1][0]:.1f} dB  {name}", file=sys.stderr, flush=True)
    print(f"{len(refused)} without two pictures", *refused, sep="\n  ")
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("diffuse")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--seed", type=int, default=9001)
    parser.add_argument("--steps", type=int, default=9)
    parser.add_argument("--only", action="append", metavar="CLASS")
    parser.add_argument("--kind", action="append", choices=PIPELINES)
    parser.add_argument("--model", action="append")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--least", type=float, default=50)
    arguments = parser.parse_args()
    arguments.diffuse = str(Path(arguments.diffuse).resolve())
    torch.set_num_threads(1)
    silence_libraries()
    with tempfile.TemporaryDirectory() as temporary:
        results = sorted(compare(arguments, (arguments.folder or Path(temporary)).resolve()))
    print(f"{len(results)} pairs, the ten that agree least:", *(f"{value:.1f} dB  {name}" for value, name in results[:10]),
          sep="\n  ")
    below = [name for value, name in results if value < arguments.least]
    print(f"{len(below)} below {arguments.least} dB", *below, sep="\n  ")
    sys.exit(1 if below or not results else 0)


if __name__ == "__main__":
    main()
