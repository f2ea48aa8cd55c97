"""The diffusers folder in float16 from the newest checkpoints, and the settings file `diffuse.json` beside it."""

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline

from .autoencoder import load_averaged
from .denoiser import build_denoiser
from .latents import standard_autoencoder
from .noise import build_scheduler
from .renderers import Sampling
from .text import build_text_encoder
from .tokens import load_tokenizer
from .workspace import Workspace

LIMIT_MB = 40.0
BEFORE_SWEEP = Sampling(guidance=3.0, steps=20)


def exported_autoencoder(workspace: Workspace) -> AutoencoderKL:
    """The standardised autoencoder, with the decoder of the decoder's own stage where that has run."""
    model = standard_autoencoder(workspace)
    return load_averaged(workspace, model, "decoder") if workspace.checkpoint("decoder").exists() else model


def build_pipeline(workspace: Workspace, stage: str = "denoiser") -> StableDiffusionPipeline:
    """Averaged weights of `stage` (denoiser, or denoiser-cooled), in float32."""
    tokenizer = load_tokenizer(workspace)
    text = load_averaged(workspace, build_text_encoder(workspace, tokenizer), stage, "text_average")
    vae = exported_autoencoder(workspace)
    vae.register_to_config(scaling_factor=1.0)
    pipeline = StableDiffusionPipeline(
        vae=vae,
        text_encoder=text,
        tokenizer=tokenizer,
        unet=load_averaged(workspace, build_denoiser(workspace.settings), stage),
        scheduler=build_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def chosen_sampling(workspace: Workspace) -> Sampling:
    """What the last sweep chose."""
    path = workspace.folder / "sampling.json"
    return Sampling(**json.loads(path.read_text())) if path.exists() else BEFORE_SWEEP


def known_words(workspace: Workspace, step: int) -> tuple[list[str], list[str]]:
    """Main names and other words of the concepts taught for a thousand steps by now, or of the first tier."""
    tier = workspace.settings.highest_tier(max(0, step - 1_000))
    known = [concept for concept in workspace.concepts if concept.tier <= tier]
    return [concept.words[0] for concept in known], [word for concept in known for word in concept.words[1:]]


def write_settings(folder: Path, workspace: Workspace, known: tuple[list[str], list[str]], sampling: Sampling) -> None:
    """The card in our program's form: how to sample, the size, the names known and other words for them."""
    side = workspace.settings.side
    settings = {"steps": sampling.steps, "cfg_scale": sampling.guidance, "sampler": sampling.sampler}
    settings |= {"width": side, "height": side, "knows": known[0], "synonyms": known[1]}
    (folder / "diffuse.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def _load_as_float32(folder: Path) -> None:
    """transformers loads in the file's precision unless the configuration names another; diffusers loads float32."""
    path = folder / "text_encoder" / "config.json"
    configuration = json.loads(path.read_text())
    configuration["dtype"] = "float32"
    path.write_text(json.dumps(configuration, indent=2) + "\n")


def _copy_tokenizer(source: Path, target: Path) -> None:
    """The tokenizer's own four files; transformers' save would add its derived form."""
    for old in target.iterdir():
        old.unlink()
    for file in source.iterdir():
        (target / file.name).write_bytes(file.read_bytes())


def size_in_mb(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def export(workspace: Workspace, folder: Path, stage: str = "denoiser") -> Path:
    """Writes the folder; raises where it is larger than allowed."""
    progress = torch.load(workspace.checkpoint(stage), map_location="cpu", weights_only=True)["progress"]
    pipeline = build_pipeline(workspace, stage)
    for part in (pipeline.vae, pipeline.text_encoder, pipeline.unet):
        part.half().cpu()
    folder.mkdir(parents=True, exist_ok=True)
    pipeline.save_pretrained(folder, safe_serialization=True)
    _load_as_float32(folder)
    _copy_tokenizer(workspace.folder / "tokenizer", folder / "tokenizer")
    write_settings(folder, workspace, known_words(workspace, progress["step"]), chosen_sampling(workspace))
    size = size_in_mb(folder)
    workspace.log(f"export: step {progress['step']}, {size:.1f} MB in {folder.name}")
    if size > LIMIT_MB:
        raise RuntimeError(f"{folder.name} has {size:.1f} MB, more than {LIMIT_MB}")
    return folder


def known_tier(workspace: Workspace, folder: Path) -> int:
    """The highest tier whose concepts an exported folder says it knows."""
    knows = set(json.loads((folder / "diffuse.json").read_text())["knows"])
    return max(concept.tier for concept in workspace.concepts if concept.words[0] in knows)
