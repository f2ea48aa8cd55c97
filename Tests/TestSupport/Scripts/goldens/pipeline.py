"""Fixtures of whole runs of `StableDiffusionPipeline`: prompt to picture."""

from functools import partial
from pathlib import Path

import diffusers
import numpy
import torch
from diffusers import StableDiffusionPipeline

from . import pipeline_folder
from .fixture import Fixture, Recording
from .pipeline_models import MODELS, Model
from .pipeline_runs import RUNS, Run
from .storage import read_json


def fixtures() -> list[Fixture]:
    return [
        Fixture("pipeline", m.name, m.summary, m.seed, write=partial(pipeline_folder.write, m),
                record=partial(_record, m))
        for m in MODELS
    ]


def _record(model: Model, folder: Path) -> Recording:
    recording = Recording()
    documents = []
    for run in RUNS[model.name]:
        pipeline = _load(folder, run)
        recording.add_named(run.name, _tensors(pipeline, run))
        documents.append({**run.document(), **_scheduler_facts(pipeline)})
    recording.documents["runs.json"] = {"runs": documents}
    return recording


def _load(folder: Path, run: Run) -> StableDiffusionPipeline:
    """The sampler is made from the folder's file and handed to the pipeline, which then corrects its configuration."""
    parts = {}
    if run.sampler:
        configuration = read_json(folder / "scheduler/scheduler_config.json")
        parts["scheduler"] = getattr(diffusers, run.sampler).from_config(configuration)
    pipeline = StableDiffusionPipeline.from_pretrained(folder, torch_dtype=torch.float32, **parts)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _scheduler_facts(pipeline: StableDiffusionPipeline) -> dict:
    """After the run: the class, its configuration as corrected by the pipeline, and the timesteps it used."""
    scheduler = pipeline.scheduler
    configuration = {key: value for key, value in scheduler.config.items() if not key.startswith("_")}
    return {
        "effectiveSampler": type(scheduler).__name__,
        "effectiveConfiguration": configuration,
        "timesteps": scheduler.timesteps.tolist(),
    }


def _tensors(pipeline: StableDiffusionPipeline, run: Run) -> dict[str, torch.Tensor]:
    tensors = _text_tensors(pipeline, run)
    steps: list[torch.Tensor] = []
    tensors["latents"] = _generate(pipeline, run, "latent", steps)
    tensors.update({f"latents.{index}": latents for index, latents in enumerate(steps)})
    pictures = _generate(pipeline, run, "pil", [])
    tensors["image"] = torch.from_numpy(numpy.stack([numpy.asarray(picture) for picture in pictures]))
    return tensors


def _text_tensors(pipeline: StableDiffusionPipeline, run: Run) -> dict[str, torch.Tensor]:
    guided = run.guidance_scale > 1
    prompt, negative = pipeline.encode_prompt(run.prompt, "cpu", 1, guided, run.negative_prompt)
    tensors = {"input_ids": _ids(pipeline, run.prompt), "prompt_embeds": prompt}
    if guided:
        tensors["negative_input_ids"] = _ids(pipeline, run.negative_prompt)
        tensors["negative_prompt_embeds"] = negative
    return tensors


def _ids(pipeline: StableDiffusionPipeline, text: str) -> torch.Tensor:
    tokenizer = pipeline.tokenizer
    limit = tokenizer.model_max_length
    return tokenizer(text, padding="max_length", max_length=limit, truncation=True, return_tensors="pt").input_ids


def _generate(pipeline: StableDiffusionPipeline, run: Run, output_type: str, steps: list[torch.Tensor]):
    """Image k draws from a generator of its own, seeded with seed + k. `steps` receives the latents after each step."""
    generators = [torch.Generator("cpu").manual_seed(run.seed + k) for k in range(run.images_per_prompt)]

    def keep(_pipeline, _index, _timestep, values):
        steps.append(values["latents"].detach().clone())
        return values

    return pipeline(
        run.prompt, height=run.height, width=run.width, num_inference_steps=run.steps,
        guidance_scale=run.guidance_scale, guidance_rescale=run.guidance_rescale, eta=run.eta,
        negative_prompt=run.negative_prompt, num_images_per_prompt=run.images_per_prompt, generator=generators,
        output_type=output_type, callback_on_step_end=keep,
    ).images
