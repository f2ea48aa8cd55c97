"""Whole runs of `StableDiffusionInpaintPipeline`: over the folders of the part `pipeline`, and over a model whose U-Net
takes the mask and the masked picture as inputs."""

from functools import partial
from pathlib import Path

import diffusers
import numpy
import torch
from diffusers import StableDiffusionInpaintPipeline, StableDiffusionPipeline
from diffusers.utils import load_image
from PIL import Image

from . import pipeline_folder
from .fixture import Fixture, Recording
from .inpaint_runs import BLENDED, EXTRA_INPUTS, WITH_EXTRA_INPUTS, Run
from .pipeline_models import CROSS, Model, TRAINING, vae
from .storage import read_json, write_json

PICTURE, MASK = "picture.png", "mask.png"
SEED = 710

MODEL = Model(
    EXTRA_INPUTS.split("/")[1], "an inpainting model: nine input channels", 606, merges=30,
    tokenizer={"model_max_length": 12},
    text_encoder=dict(
        hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, max_position_embeddings=12,
    ),
    unet=dict(**CROSS, block_out_channels=(8, 12), attention_head_dim=2, cross_attention_dim=8, sample_size=8,
              in_channels=9),
    vae=vae((4, 4), 4),
    scheduler=dict(_class_name="PNDMScheduler", **TRAINING, skip_prk_steps=True, steps_offset=1,
                   set_alpha_to_one=False),
)


def fixtures() -> list[Fixture]:
    blended = "inpainting with every sampler; picture and mask are to be resized, the mask has colours and greys"
    return [
        Fixture("inpaint", "blended", blended, SEED, write=_write_pictures, record=partial(_record, BLENDED)),
        Fixture("inpaint", MODEL.name, MODEL.summary, MODEL.seed, write=_write_model,
                record=partial(_record, WITH_EXTRA_INPUTS)),
    ]


def _write_pictures(folder: Path, size: tuple[int, int] = (45, 37)) -> None:
    """A smooth picture, and a mask of smooth colours: which side of the threshold a pixel is on depends on the order of
    resizing, greying and comparing."""
    random = numpy.random.default_rng(SEED)
    for name, grid in ((PICTURE, (5, 6)), (MASK, (3, 4))):
        coarse = Image.fromarray(random.integers(0, 256, (*grid, 3), dtype=numpy.uint8), "RGB")
        coarse.resize(size, Image.Resampling.BICUBIC).save(folder / name, optimize=True)


def _write_model(folder: Path) -> None:
    pipeline_folder.write(MODEL, folder)
    index = read_json(folder / "model_index.json")
    write_json(folder / "model_index.json", {**index, "_class_name": "StableDiffusionInpaintPipeline"})
    _write_pictures(folder)


def _record(runs: list[Run], folder: Path) -> Recording:
    recording = Recording()
    for run in runs:
        recording.add_named(run.name, _tensors(_load(folder, run), run, folder))
    recording.documents["runs.json"] = {"runs": [run.document() for run in runs]}
    return recording


def _load(folder: Path, run: Run) -> StableDiffusionInpaintPipeline:
    model = folder.parent.parent / run.model
    configuration = read_json(model / "scheduler/scheduler_config.json")
    scheduler = getattr(diffusers, run.sampler).from_config(configuration, **run.changes)
    # The class by name: the folder's own may be the other one. It corrects its scheduler, and otherwise than the
    # inpainting one does, which therefore gets its own.
    whole = StableDiffusionPipeline.from_pretrained(model, torch_dtype=torch.float32)
    # This pipeline, unlike the other, takes no pair; it needs the number for nothing but a note about old files.
    whole.unet.register_to_config(sample_size=8)
    parts = {**whole.components, "scheduler": scheduler}
    pipeline = StableDiffusionInpaintPipeline(**parts, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _tensors(pipeline: StableDiffusionInpaintPipeline, run: Run, folder: Path) -> dict[str, torch.Tensor]:
    """`mask` is what the latents are blended with, or what the U-Net is given."""
    prepare, masks = pipeline.prepare_mask_latents, []

    def keep(*arguments, **named):
        masks.append(prepare(*arguments, **named))
        return masks[-1]

    pipeline.prepare_mask_latents = keep
    latents = _generate(pipeline, run, folder, "latent")
    pictures = _generate(pipeline, run, folder, "pil")
    image = torch.from_numpy(numpy.stack([numpy.asarray(picture) for picture in pictures]))
    return {"mask": masks[0][0][:1], "latents": latents, "image": image}


def _generate(pipeline: StableDiffusionInpaintPipeline, run: Run, folder: Path, output_type: str):
    return pipeline(
        run.prompt, image=load_image(str(folder / PICTURE)), mask_image=load_image(str(folder / MASK)),
        width=run.width, height=run.height, strength=run.strength, num_inference_steps=run.steps,
        guidance_scale=run.guidance_scale, eta=run.eta, negative_prompt=run.negative_prompt,
        generator=torch.Generator("cpu").manual_seed(run.seed), output_type=output_type,
    ).images
