"""Who draws the pictures that are evaluated: diffusers, or our own engine through its program."""

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
    """The `diffuse` program, one run a picture."""

    def __init__(self, program: Path, model: Path):
        self.program, self.model, self.name = program, model, "our own engine (diffuse)"

    def _command(self, prompt: str, seed: int, sampling: Sampling, output: Path) -> list[str]:
        options = {
            "--model": self.model,
            "--seed": seed,
            "--steps": sampling.steps,
            "--cfg-scale": sampling.guidance,
            "--sampler": sampling.sampler,
            "--output": output,
        }
        return [str(self.program), prompt, *(str(word) for pair in options.items() for word in pair), "--force"]

    def render(self, requests: list[tuple[str, int]], sampling: Sampling) -> np.ndarray:
        pictures = []
        with tempfile.TemporaryDirectory() as folder:
            for index, (prompt, seed) in enumerate(requests):
                output = Path(folder) / f"{index}.png"
                subprocess.run(self._command(prompt, seed, sampling, output), check=True, capture_output=True)
                pictures.append(np.asarray(Image.open(output).convert("RGB")))
        return np.stack(pictures)
