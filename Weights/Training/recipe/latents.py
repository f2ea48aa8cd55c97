"""Stage: scenes painted and encoded once, in shards; the denoiser and the text encoder train on these."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from .autoencoder import build_autoencoder, load_averaged, measure, measuring_pictures
from .captions import caption_for
from .cores import ThreadCount
from .files import replace_atomically, wait_while_paused
from .scenes import Scene, SceneSampler
from .workspace import Workspace

STREAM = 3


@torch.no_grad()
def standardise(model: AutoencoderKL, mean: torch.Tensor, deviation: torch.Tensor) -> None:
    """Folds "latents have mean 0 and spread 1 in each channel" into the 1×1 convolutions around the latents [C]."""
    channels = len(mean)
    quant, post = model.quant_conv, model.post_quant_conv
    quant.weight[:channels] /= deviation[:, None, None, None]
    quant.bias[:channels] = (quant.bias[:channels] - mean) / deviation
    quant.bias[channels:] -= 2 * deviation.log()
    post.bias += post.weight[:, :, 0, 0] @ mean
    post.weight *= deviation[None, :, None, None]


def tier_sampler(workspace: Workspace, highest_tier: int, pair_share: float = 0.12) -> SceneSampler:
    """Draws the concepts up to a tier equally often."""
    weights = np.array([float(concept.tier <= highest_tier) for concept in workspace.concepts])
    return SceneSampler(workspace.concepts, weights, pair_share)


def shard_scenes(workspace: Workspace, shard: int) -> list[Scene]:
    """The scenes of a shard: drawn from its number alone, so only latents need keeping."""
    kinds = workspace.settings.shard_kinds
    sampler, random = tier_sampler(workspace, *kinds[shard % len(kinds)]), workspace.random(STREAM, shard)
    return [sampler.sample(random) for _ in range(workspace.settings.shard_size)]


@torch.no_grad()
def encode_scenes(workspace: Workspace, model: AutoencoderKL, scenes: list[Scene]) -> torch.Tensor:
    """Posterior means, float16 [N, channels, latent side, latent side]."""
    parts, threads = [], ThreadCount()
    for start in range(0, len(scenes), 32):
        wait_while_paused(workspace.pause_file, workspace.log)
        threads.adapt()
        pictures = workspace.paint(scenes[start : start + 32]).to(workspace.device, memory_format=torch.channels_last)
        with workspace.autocast():
            parts.append(model.encode(pictures).latent_dist.mean.half().cpu().contiguous())
    return torch.cat(parts)


def standard_autoencoder(workspace: Workspace) -> AutoencoderKL:
    """The trained autoencoder with standardised latents, made on first use."""
    model, path = build_autoencoder(workspace.settings), workspace.checkpoint("autoencoder-standard")
    if path.exists():
        model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        return model.to(workspace.device, memory_format=torch.channels_last).eval()
    load_averaged(workspace, model, "autoencoder")
    sampler, random = tier_sampler(workspace, 99), workspace.random(STREAM + 100)
    count = min(512, workspace.settings.shard_size)
    latents = encode_scenes(workspace, model, [sampler.sample(random) for _ in range(count)]).float()
    mean, deviation = latents.mean(dim=(0, 2, 3)), latents.std(dim=(0, 2, 3))
    standardise(model, mean.to(workspace.device), deviation.to(workspace.device))
    figures = measure(model, measuring_pictures(workspace, min(256, count)).to(workspace.device))
    workspace.log(f"autoencoder with standard latents, float32: {figures}")
    with replace_atomically(path) as part:
        torch.save(model.state_dict(), part)
    return model


def shard_path(workspace: Workspace, shard: int) -> Path:
    return workspace.folder / "latents" / f"{shard:03}.pt"


def cache_latents(workspace: Workspace) -> None:
    """Encodes the shards that are not there yet."""
    model = standard_autoencoder(workspace)
    for shard in range(workspace.settings.shards):
        path = shard_path(workspace, shard)
        if not path.exists():
            latents = encode_scenes(workspace, model, shard_scenes(workspace, shard))
            with replace_atomically(path) as part:
                torch.save(latents, part)
            workspace.log(f"latents: shard {shard + 1} of {workspace.settings.shards}")


@dataclass
class LatentSet:
    """All cached scenes: latents float16 [N, C, S, S], the scenes, and the highest tier of each."""

    workspace: Workspace
    latents: torch.Tensor
    scenes: list[Scene]
    tiers: np.ndarray

    @classmethod
    def load(cls, workspace: Workspace) -> "LatentSet":
        count = workspace.settings.shards
        latents = torch.cat([torch.load(shard_path(workspace, shard), weights_only=True) for shard in range(count)])
        scenes = [scene for shard in range(count) for scene in shard_scenes(workspace, shard)]
        tiers = [max(workspace.concepts[part.concept].tier for part in scene.placements) for scene in scenes]
        return cls(workspace, latents, scenes, np.array(tiers))

    def batch(self, random: np.random.Generator, count: int, highest_tier: int) -> tuple[torch.Tensor, list[str]]:
        """Latents [count, C, S, S] float32 and fresh captions, of scenes whose concepts are all taught by now."""
        allowed = np.flatnonzero(self.tiers <= highest_tier)
        chosen = random.choice(allowed, size=count)
        captions = [caption_for(random, self.workspace.concepts, self.scenes[index]) for index in chosen]
        latents = self.latents[torch.from_numpy(chosen)].float().to(self.workspace.device)
        return latents.contiguous(memory_format=torch.channels_last), captions
