"""Who draws the pictures that are evaluated: diffusers, or our own engine through its program."""

import json
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import diffusers
import numpy as np
import torch
from PIL import Image

SAMPLERS = {"DDIM": "DDIMScheduler", "DPM++ 2M": "DPMSolverMultistepScheduler"}


@dataclass(frozen=True)
class Sampling:
    """How pictures are sampled; `sampler` is a key of SAMPLERS, a name our program understands too."""

    guidance: float
    steps: int
    sampler: str = "DDIM"

    def figures(self) -> dict:
        return asdict(self)


class Renderer(Protocol):
    """Draws one picture (uint8 [H, W, 3]) for each (prompt, seed); `name` says in the card who drew."""

    name: str

    def render(self, requests: list[tuple[str, int]], sampling: Sampling) -> np.ndarray: ...


class DiffusersRenderer:
    """The reference: diffusers' StableDiffusionPipeline in float32."""

    def __init__(self, model: Path, batch: int = 16):
        self.pipeline = diffusers.StableDiffusionPipeline.from_pretrained(model)
        self.pipeline.set_progress_bar_config(disable=True)
        self.configuration, self.batch = self.pipeline.scheduler.config, batch
        self.name = f"diffusers {diffusers.__version__}, float32"

    def render(self, requests: list[tuple[str, int]], sampling: Sampling) -> np.ndarray:
        self.pipeline.scheduler = getattr(diffusers, SAMPLERS[sampling.sampler]).from_config(self.configuration)
        parts = [requests[start : start + self.batch] for start in range(0, len(requests), self.batch)]
        return np.concatenate([self._render(part, sampling) for part in parts])

    def _render(self, requests: list[tuple[str, int]], sampling: Sampling) -> np.ndarray:
        result = self.pipeline(
            [prompt for prompt, _ in requests],
            num_inference_steps=sampling.steps,
            guidance_scale=sampling.guidance,
            generator=[torch.Generator().manual_seed(seed) for _, seed in requests],
            output_type="np",
        )
        return np.rint(result.images * 255).astype(np.uint8)


class ProgramRenderer:
    """The `diffuse` program, which renders all pictures as one job file."""

    def __init__(self, program: Path, model: Path):
        self.program, self.model, self.name = program.resolve(), model, "our own engine (`diffuse`)"

    def render(self, requests: list[tuple[str, int]], sampling: Sampling) -> np.ndarray:
        settings = {"steps": sampling.steps, "cfg_scale": sampling.guidance, "sampler_name": sampling.sampler}
        jobs = [{"prompt": prompt, "seed": seed, "output": f"{index}.png"} for index, (prompt, seed) in enumerate(requests)]
        with tempfile.TemporaryDirectory() as folder:
            job, output = Path(folder) / "job.json", Path(folder) / "pictures"
            job.write_text(json.dumps({"defaults": settings, "jobs": jobs}))
            command = [self.program, "batch", job, "--output-dir", output, "--model", self.model, "--quiet"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            pictures = [Image.open(output / f"{index}.png") for index in range(len(requests))]
            return np.stack([np.asarray(picture.convert("RGB")) for picture in pictures])
