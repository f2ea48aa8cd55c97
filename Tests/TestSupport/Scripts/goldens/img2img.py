"""Whole runs of `StableDiffusionImg2ImgPipeline` over the model folders of the part `pipeline`."""

from pathlib import Path

import diffusers
import numpy
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionPipeline
from diffusers.utils import load_image
from PIL import Image

from .fixture import Fixture, Recording
from .img2img_runs import RUNS, Run
from .storage import read_json

PICTURE = "picture.png"
SEED = 700


def fixtures() -> list[Fixture]:
    summary = "image to image with every sampler; the picture's sides are no multiples of the autoencoder's factor"
    return [Fixture("img2img", "samplers", summary, SEED, write=_write, record=_record)]


def _write(folder: Path) -> None:
    """A smooth picture with transparency, so that both resizing and the lost alpha channel show."""
    random = numpy.random.default_rng(SEED)
    coarse = Image.fromarray(random.integers(0, 256, (5, 6, 4), dtype=numpy.uint8), "RGBA")
    coarse.resize((45, 37), Image.Resampling.BICUBIC).save(folder / PICTURE, optimize=True)


def _record(folder: Path) -> Recording:
    recording = Recording()
    for run in RUNS:
        recording.add_named(run.name, _tensors(_load(folder, run), run, load_image(str(folder / PICTURE))))
    recording.documents["runs.json"] = {"runs": [run.document() for run in RUNS]}
    return recording


def _load(folder: Path, run: Run) -> StableDiffusionImg2ImgPipeline:
    model = folder.parent.parent / "pipeline" / run.model
    configuration = read_json(model / "scheduler/scheduler_config.json")
    scheduler = getattr(diffusers, run.sampler).from_config(configuration, **run.changes)
    whole = StableDiffusionPipeline.from_pretrained(model, torch_dtype=torch.float32, scheduler=scheduler)
    # This pipeline, unlike the other, takes no pair; it needs the number for nothing but a note about old files.
    whole.unet.register_to_config(sample_size=8)
    pipeline = StableDiffusionImg2ImgPipeline(**whole.components, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _tensors(pipeline: StableDiffusionImg2ImgPipeline, run: Run, picture: Image.Image) -> dict[str, torch.Tensor]:
    """`start` is what the first step gets."""
    prepare, starts = pipeline.prepare_latents, []

    def keep(*arguments, **named):
        starts.append(prepare(*arguments, **named))
        return starts[-1]

    pipeline.prepare_latents = keep
    latents = _generate(pipeline, run, picture, "latent")
    pictures = _generate(pipeline, run, picture, "pil")
    image = torch.from_numpy(numpy.stack([numpy.asarray(picture) for picture in pictures]))
    return {"start": starts[0], "latents": latents, "image": image}


def _generate(pipeline: StableDiffusionImg2ImgPipeline, run: Run, picture: Image.Image, output_type: str):
    """Image k draws from a generator of its own, seeded with seed + k."""
    generators = [torch.Generator("cpu").manual_seed(run.seed + k) for k in range(run.images_per_prompt)]
    return pipeline(
        run.prompt, image=picture, strength=run.strength, num_inference_steps=run.steps,
        guidance_scale=run.guidance_scale, eta=run.eta, negative_prompt=run.negative_prompt,
        num_images_per_prompt=run.images_per_prompt, generator=generators, output_type=output_type,
    ).images
