"""Stage: the U-Net (UNet2DConditionModel) and, more slowly, the text encoder."""

import shutil

import torch
from diffusers import UNet2DConditionModel

from .autoencoder import load_averaged
from .files import replace_atomically
from .latents import LatentSet
from .loop import Average, Loop, Progress, gradient_norms
from .noise import ForwardProcess, sample_timesteps
from .optimiser import Optimiser
from .settings import Settings
from .text import build_text_encoder, tokenise
from .tokens import load_tokenizer
from .workspace import Workspace

STREAM = 5
NOISY = (999, 900, 800)  # timesteps at which the conditioning is watched


def build_denoiser(settings: Settings) -> UNet2DConditionModel:
    lower = len(settings.denoiser_channels) - 1
    return UNet2DConditionModel(
        sample_size=settings.latent_side,
        in_channels=settings.latent_channels,
        out_channels=settings.latent_channels,
        block_out_channels=settings.denoiser_channels,
        layers_per_block=1,
        norm_num_groups=16,
        cross_attention_dim=settings.text_width,
        attention_head_dim=4,
        down_block_types=["DownBlock2D"] + ["CrossAttnDownBlock2D"] * lower,
        up_block_types=["CrossAttnUpBlock2D"] * lower + ["UpBlock2D"],
    )


class Denoising:
    """What a step of this stage needs: models, data, forward process, and its draws by step."""

    def __init__(self, workspace: Workspace):
        torch.manual_seed(workspace.settings.seed + STREAM)
        self.workspace, self.settings = workspace, workspace.settings
        self.tokenizer, self.data = load_tokenizer(workspace), LatentSet.load(workspace)
        self.unet = build_denoiser(self.settings).to(workspace.device, memory_format=torch.channels_last)
        self.text = load_averaged(workspace, build_text_encoder(workspace, self.tokenizer), "text").train()
        self.process = ForwardProcess(workspace.device)

    def loss(self, progress: Progress) -> torch.Tensor:
        """Mean squared error of v over one batch, one caption in ten left empty."""
        random, count = self.workspace.random(STREAM, progress.step), self.settings.denoiser_batch
        latents, captions = self.data.batch(random, count, self.settings.highest_tier(progress.step))
        captions = ["" if random.random() < 0.1 else caption for caption in captions]
        timesteps = sample_timesteps(count, self.workspace.device)
        noisy, target = self.process.noised(latents, torch.randn_like(latents), timesteps)
        return (self.predict(self.unet, self.text, noisy, timesteps, captions) - target).square().mean()

    def predict(self, unet, text, noisy, timesteps, captions: list[str]) -> torch.Tensor:
        with self.workspace.autocast():
            context = text(tokenise(self.tokenizer, captions).to(self.workspace.device)).last_hidden_state
            return unet(noisy, timesteps, context).sample.float()


class Conditioning:
    """Losses of the averaged weights at high noise with right, wrong and empty captions, on a batch that stays."""

    def __init__(self, denoising: Denoising, count: int = 96):
        self.denoising, workspace = denoising, denoising.workspace
        self.unet = build_denoiser(workspace.settings).to(workspace.device, memory_format=torch.channels_last).eval()
        self.text = build_text_encoder(workspace, denoising.tokenizer).to(workspace.device).eval()
        self.latents, self.captions = denoising.data.batch(workspace.random(STREAM + 100), count, 1)

    @torch.no_grad()
    def measure(self, unet_weights: dict, text_weights: dict) -> dict[str, float]:
        self.unet.load_state_dict(unet_weights)
        self.text.load_state_dict(text_weights)
        count = len(self.captions)
        wrong = self.captions[1:] + self.captions[:1]
        variants = {"right": self.captions, "wrong": wrong, "empty": [""] * count}
        generator = torch.Generator().manual_seed(self.denoising.settings.seed)
        noise = torch.randn(self.latents.shape, generator=generator).to(self.latents.device)
        timesteps = torch.tensor(NOISY, device=self.latents.device).repeat(-(-count // len(NOISY)))[:count]
        noisy, target = self.denoising.process.noised(self.latents, noise, timesteps)
        figures = {}
        for name, captions in variants.items():
            output = self.denoising.predict(self.unet, self.text, noisy, timesteps, captions)
            figures[name] = round(float((output - target).square().mean()), 4)
        return figures


class DenoiserTraining:
    """The loop's step and report, and everything that is saved."""

    def __init__(self, workspace: Workspace, stage: str, decay: float):
        settings, self.work = workspace.settings, Denoising(workspace)
        unet, text = self.work.unet, self.work.text
        self.averages = {unet: Average(unet, decay), text: Average(text, decay)}
        self.optimisers = (
            Optimiser(unet, settings.denoiser_rate, plain=("conv_in", "conv_out", "time_embedding")),
            Optimiser(text, settings.denoiser_rate * 0.1, plain=("embedding",)),
        )
        parts = {"unet": unet, "text": text, "average": self.averages[unet], "text_average": self.averages[text]}
        parts |= {"optimiser": self.optimisers[0], "text_optimiser": self.optimisers[1]}
        self.loop = Loop(workspace.checkpoint(stage), parts, workspace.log, workspace.pause_file)
        self.conditioning, self.recent, self.workspace = Conditioning(self.work), [], workspace

    def step(self, progress: Progress, factor: float) -> None:
        torch.manual_seed(self.workspace.settings.seed * 1_000_003 + progress.step)
        loss = self.work.loss(progress)
        loss.backward()
        if progress.step < 3:
            self._check_gradients()
        for optimiser in self.optimisers:
            optimiser.step(factor)
        for module, average in self.averages.items():
            average.update(module)
        self.recent.append(float(loss.detach()))

    def _check_gradients(self) -> None:
        parts = {f"down {index}": block for index, block in enumerate(self.work.unet.down_blocks)}
        parts |= {f"up {index}": block for index, block in enumerate(self.work.unet.up_blocks)}
        parts |= {"middle": self.work.unet.mid_block, "text": self.work.text}
        self.workspace.log(f"gradient norms {gradient_norms(parts)}")

    def report(self, progress: Progress) -> dict:
        loss = sum(self.recent) / max(1, len(self.recent))
        self.recent.clear()
        tier = self.workspace.settings.highest_tier(progress.step)
        weights = [average.shadow for average in self.averages.values()]
        return {"loss": round(loss, 4), "tier": tier, **self.conditioning.measure(*weights)}


def train_denoiser(workspace: Workspace) -> None:
    """Constant learning rate with averaged weights: any moment's average can be exported, the budget may be extended."""
    settings = workspace.settings
    training = DenoiserTraining(workspace, "denoiser", settings.denoiser_average)
    training.loop.run(
        lambda progress: training.step(progress, min(1.0, (progress.step + 1) / 100)),
        lambda progress: progress.step >= settings.denoiser_steps,
        training.report,
        settings.report_seconds,
    )


def cool_denoiser(workspace: Workspace) -> None:
    """A copy of the newest checkpoint trained on while the learning rate falls to zero; the original stays as it is."""
    settings, path = workspace.settings, workspace.checkpoint("denoiser-cooled")
    if not path.exists():
        with replace_atomically(path) as part:
            shutil.copyfile(workspace.checkpoint("denoiser"), part)
    training = DenoiserTraining(workspace, "denoiser-cooled", 0.998)
    progress, budget = training.loop.progress, settings.cooldown_steps
    if progress.forked_at is None:
        progress.forked_at = progress.step

    def remaining(progress: Progress) -> float:
        return 1 - (progress.step - progress.forked_at) / budget

    training.loop.run(
        lambda progress: training.step(progress, max(0.01, remaining(progress))),
        lambda progress: remaining(progress) <= 0,
        training.report,
        settings.report_seconds,
    )
