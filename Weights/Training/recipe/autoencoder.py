"""Stage: the autoencoder (AutoencoderKL), first on crops, then on whole pictures."""

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch.nn import functional

from .loop import Average, Loop, Progress, gradient_norms
from .names import Concept, emoji_codepoints
from .optimiser import Optimiser
from .pictures import Painter
from .scenes import COLOURS, Placement, Scene, SceneSampler
from .settings import Settings
from .workspace import Workspace

STREAM = 1
CROPS_UNTIL = 0.65  # share of the budget after which whole pictures take the place of crops
COOLDOWN_FROM = 0.70  # share of the budget after which the learning rate falls to zero


def build_autoencoder(settings: Settings) -> AutoencoderKL:
    depth = len(settings.autoencoder_channels)
    return AutoencoderKL(
        down_block_types=["DownEncoderBlock2D"] * depth,
        up_block_types=["UpDecoderBlock2D"] * depth,
        block_out_channels=settings.autoencoder_channels,
        norm_num_groups=settings.autoencoder_groups,
        latent_channels=settings.latent_channels,
        layers_per_block=1,
        sample_size=settings.side,
    )


class PictureSource:
    """Seven in ten pictures show the taught concepts, the others any glyph of the font, alone, at any scale."""

    def __init__(self, workspace: Workspace):
        self.workspace = workspace
        self.taught = SceneSampler(workspace.concepts, np.ones(len(workspace.concepts)))
        others = [Concept(name, point, 0, (name,)) for name, point in emoji_codepoints().items() if point in workspace.glyphs]
        self.others = Painter(others, workspace.glyphs, workspace.settings.side)

    def picture(self, random: np.random.Generator) -> np.ndarray:
        if random.random() < 0.7:
            return self.workspace.painter.paint(self.taught.sample(random))
        x, y = random.uniform(0.4, 0.6, size=2)
        placement = Placement(int(random.integers(len(self.others.glyphs))), x, y, random.uniform(0.5, 1.0))
        ground = (list(COLOURS)[int(random.integers(len(COLOURS)))],)
        return self.others.paint(Scene((placement,), ground))

    def batch(self, step: int, count: int, crop: int) -> torch.Tensor:
        """float32 [count, 3, crop, crop] in -1...1, each cut from a picture of its own."""
        random = self.workspace.random(STREAM, step)
        cuts = []
        for _ in range(count):
            top, left = random.integers(0, self.workspace.settings.side - crop + 1, size=2)
            cuts.append(self.picture(random)[top : top + crop, left : left + crop])
        return torch.from_numpy(np.stack(cuts)).permute(0, 3, 1, 2).float() / 127.5 - 1


def reconstruction_loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """L1 + 2 × squared error, and half the L1 of the differences between neighbours, which keeps edges."""
    loss = (output - target).abs().mean() + 2 * (output - target).square().mean()
    for dimension in (2, 3):
        loss = loss + 0.5 * (output.diff(dim=dimension) - target.diff(dim=dimension)).abs().mean()
    return loss


def autoencoder_loss(model: AutoencoderKL, pictures: torch.Tensor, settings: Settings) -> torch.Tensor:
    """Reconstruction + KL, and the same for half the batch from latents shrunk to half the side.

    The last part asks that a small picture's latents be the picture's latents made small (Kouzelis et al. 2025,
    arXiv 2502.09509): latents without needless fine structure are easier to denoise.
    """
    posterior = model.encode(pictures).latent_dist
    latents = posterior.mean + posterior.std * torch.randn_like(posterior.mean)
    loss = reconstruction_loss(model.decode(latents).sample.float(), pictures)
    half = len(pictures) // 2
    small = model.decode(functional.avg_pool2d(latents[:half], 2)).sample.float()
    loss = loss + 0.15 * reconstruction_loss(small, functional.avg_pool2d(pictures[:half], 2))
    kl = 0.5 * (posterior.mean.float().square() + posterior.var.float() - 1 - posterior.logvar.float()).mean()
    return loss + settings.kl_weight * kl


def rate_factor(share: float, step: int) -> float:
    """Warm-up, constant, then a fall to zero that ends with the budget."""
    return min(1.0, (step + 1) / 100) * min(1.0, max(0.02, (1 - share) / (1 - COOLDOWN_FROM)))


def psnr(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Peak signal-to-noise ratio in dB of each picture of two batches in -1...1."""
    error = (first.clamp(-1, 1) - second.clamp(-1, 1)).square().mean(dim=(1, 2, 3))
    return 10 * torch.log10(4 / error)


@torch.no_grad()
def measure(model: AutoencoderKL, pictures: torch.Tensor) -> dict[str, float]:
    """Reconstruction from the posterior's mean: mean of the pictures' PSNRs, PSNR of the mean error, latents' spread."""
    means, deviations, outputs = [], [], []
    for part in pictures.split(16):
        posterior = model.encode(part).latent_dist
        means.append(posterior.mean.float())
        deviations.append(posterior.std.float())
        outputs.append(model.decode(posterior.mean).sample.float())
    output = torch.cat(outputs)
    error = (output.clamp(-1, 1) - pictures).square().mean()
    return {
        "psnr": round(float(psnr(output, pictures).mean()), 2),
        "psnr_of_mean": round(float(10 * torch.log10(4 / error)), 2),
        "latent_std": round(float(torch.cat(means).std()), 3),
        "posterior_std": round(float(torch.cat(deviations).mean()), 3),
    }


def measuring_pictures(workspace: Workspace, count: int) -> torch.Tensor:
    """Scenes of the taught concepts from a stream of their own."""
    sampler, random = SceneSampler(workspace.concepts, np.ones(len(workspace.concepts))), workspace.random(STREAM + 100)
    return workspace.paint([sampler.sample(random) for _ in range(count)])


def load_averaged(workspace: Workspace, model: torch.nn.Module, stage: str, part: str = "average") -> torch.nn.Module:
    """The model with the averaged weights of a stage's checkpoint."""
    state = torch.load(workspace.checkpoint(stage), map_location="cpu", weights_only=True)
    model.load_state_dict(state[part]["shadow"])
    return model.to(workspace.device, memory_format=torch.channels_last).eval()


def train_autoencoder(workspace: Workspace) -> None:
    settings, device = workspace.settings, workspace.device
    torch.manual_seed(settings.seed)
    model = build_autoencoder(settings).to(device, memory_format=torch.channels_last)
    twin = build_autoencoder(settings).to(device, memory_format=torch.channels_last).eval()
    average, source = Average(model, 0.998), PictureSource(workspace)
    optimiser = Optimiser(model, settings.autoencoder_rate, plain=("conv_in", "conv_out"))
    parts = {"model": model, "average": average, "optimiser": optimiser}
    loop = Loop(workspace.checkpoint("autoencoder"), parts, workspace.log, workspace.pause_file)
    measured = measuring_pictures(workspace, 64).to(device)
    budget, recent = settings.autoencoder_steps, []

    def step(progress: Progress) -> None:
        share = progress.step / budget
        is_whole = share >= CROPS_UNTIL
        crop = settings.side if is_whole else settings.crop
        count = max(2, settings.autoencoder_batch // 4) if is_whole else settings.autoencoder_batch
        torch.manual_seed(settings.seed * 1_000_003 + progress.step)
        pictures = source.batch(progress.step, count, crop).to(device, memory_format=torch.channels_last)
        with workspace.autocast():
            loss = autoencoder_loss(model, pictures, settings)
        loss.backward()
        if progress.step < 3:
            norms = gradient_norms({"encoder": model.encoder, "decoder": model.decoder})
            workspace.log(f"gradient norms {norms}")
        optimiser.step(rate_factor(share, progress.step))
        average.update(model)
        recent.append(float(loss.detach()))

    def report(progress: Progress) -> dict:
        twin.load_state_dict(average.shadow)
        with workspace.autocast():
            figures = measure(twin, measured)
        loss = sum(recent) / max(1, len(recent))
        recent.clear()
        return {"loss": round(loss, 4), **figures}

    loop.run(step, lambda progress: progress.step >= budget, report, settings.report_seconds)
