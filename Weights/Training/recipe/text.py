"""Stage: the text encoder (CLIPTextModel), trained contrastively against the pictures' latents first."""

import torch
from torch import nn
from torch.nn import functional
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from .latents import LatentSet
from .loop import Average, Loop, Progress, gradient_norms
from .optimiser import Optimiser
from .tokens import LENGTH, load_tokenizer
from .workspace import Workspace

STREAM = 4


def build_text_encoder(workspace: Workspace, tokenizer: CLIPTokenizer) -> CLIPTextModel:
    width = workspace.settings.text_width
    configuration = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=4 * width,
        projection_dim=width,
        num_hidden_layers=workspace.settings.text_layers,
        num_attention_heads=4,
        max_position_embeddings=LENGTH,
        hidden_act="quick_gelu",
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return CLIPTextModel(configuration)


def tokenise(tokenizer: CLIPTokenizer, captions: list[str]) -> torch.Tensor:
    """int64 [N, LENGTH], padded with the end mark as diffusers' pipeline does."""
    encoded = tokenizer(captions, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt")
    return encoded.input_ids


class PictureTower(nn.Module):
    """Latents [N, C, S, S] to features [N, width]: four convolutions and a projection; thrown away afterwards."""

    def __init__(self, channels: int, width: int, side: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, 64, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(64, 128, 3, stride=2, padding=1),
            nn.GroupNorm(8, 128),
            nn.GELU(),
            nn.Conv2d(128, 192, 3, stride=2, padding=1),
            nn.GroupNorm(8, 192),
            nn.GELU(),
            nn.Conv2d(192, 192, 3, padding=1),
            nn.GroupNorm(8, 192),
            nn.GELU(),
            nn.Flatten(),
            nn.Linear(192 * (side // 4) ** 2, width),
        )

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        return self.layers(latents)


class Matcher(nn.Module):
    """Similarities [N, N] between pictures and captions, scaled by a learned temperature (Radford et al. 2021)."""

    def __init__(self, encoder: CLIPTextModel, tower: PictureTower, width: int):
        super().__init__()
        self.encoder, self.tower = encoder, tower
        self.projection = nn.Linear(width, width, bias=False)
        self.log_scale = nn.Parameter(torch.tensor(2.3))

    def forward(self, latents: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        pictures = functional.normalize(self.tower(latents).float(), dim=-1)
        texts = functional.normalize(self.projection(self.encoder(tokens).pooler_output).float(), dim=-1)
        return self.log_scale.clamp(max=4.6).exp() * pictures @ texts.T


def symmetric_loss(similarities: torch.Tensor) -> torch.Tensor:
    target = torch.arange(len(similarities), device=similarities.device)
    return (functional.cross_entropy(similarities, target) + functional.cross_entropy(similarities.T, target)) / 2


def train_text(workspace: Workspace) -> None:
    settings = workspace.settings
    torch.manual_seed(settings.seed + STREAM)
    tokenizer, data = load_tokenizer(workspace), LatentSet.load(workspace)
    encoder = build_text_encoder(workspace, tokenizer)
    tower = PictureTower(settings.latent_channels, settings.text_width, settings.latent_side)
    model = Matcher(encoder, tower, settings.text_width).to(workspace.device)
    average = Average(encoder, 0.995)
    optimiser = Optimiser(model, settings.text_rate, plain=("embedding", "tower.layers.0."))
    parts = {"model": model, "average": average, "optimiser": optimiser}
    loop = Loop(workspace.checkpoint("text"), parts, workspace.log, workspace.pause_file)
    budget, recent = settings.text_steps, []

    def step(progress: Progress) -> None:
        torch.manual_seed(settings.seed * 1_000_003 + progress.step)
        latents, captions = data.batch(workspace.random(STREAM, progress.step), settings.text_batch, 99)
        with workspace.autocast():
            similarities = model(latents, tokenise(tokenizer, captions).to(workspace.device))
        loss = symmetric_loss(similarities)
        loss.backward()
        if progress.step < 3:
            workspace.log(f"gradient norms {gradient_norms({'text': encoder, 'tower': tower})}")
        share = progress.step / budget
        optimiser.step(min(1.0, (progress.step + 1) / 50) * min(1.0, max(0.02, (1 - share) / 0.4)))
        average.update(encoder)
        right = (similarities.argmax(dim=1).cpu() == torch.arange(len(captions))).float().mean()
        recent.append((float(loss.detach()), float(right)))

    def report(progress: Progress) -> dict:
        loss, right = (sum(column) / max(1, len(recent)) for column in zip(*recent or [(0.0, 0.0)]))
        recent.clear()
        return {"loss": round(loss, 4), "matched": round(right, 3)}

    loop.run(step, lambda progress: progress.step >= budget, report, settings.report_seconds / 2)
