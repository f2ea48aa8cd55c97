"""Sizes and budgets of a run: the default model's, and those of the smoke test."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Budgets are steps, so that a run does not depend on how busy the machine is."""

    seed: int = 20
    side: int = 128
    concept_limit: int | None = None
    # tokenizer
    tokenizer_captions: int = 20_000
    merges: int = 2_500
    # autoencoder
    autoencoder_channels: tuple[int, ...] = (32, 64, 96, 128)
    autoencoder_groups: int = 8
    latent_channels: int = 8
    autoencoder_steps: int = 1_176
    autoencoder_batch: int = 16
    crop: int = 64
    autoencoder_rate: float = 2.5e-3
    kl_weight: float = 1e-4
    # latents
    shard_size: int = 2048
    shards: int = 8
    # highest tier and share of pairs in shard i, counted round
    shard_kinds: tuple[tuple[int, float], ...] = ((3, 0.12), (1, 0.12), (1, 0.12)) + 5 * ((3, 0.25),)
    # text encoder
    text_width: int = 192
    text_layers: int = 4
    text_steps: int = 600
    text_batch: int = 128
    text_rate: float = 1e-3
    # U-Net; a tier of names.txt is taught from the given step on
    denoiser_channels: tuple[int, ...] = (96, 128, 192)
    denoiser_steps: int = 40_000
    denoiser_batch: int = 48
    denoiser_rate: float = 1e-3
    denoiser_average: float = 0.9995
    cooldown_steps: int = 600
    # decoder alone, encoder and latents kept
    decoder_steps: int = 1_000
    decoder_rate: float = 1e-3
    tier_starts: tuple[tuple[int, int], ...] = ((1, 0), (3, 1_150))
    report_seconds: float = 120.0

    @property
    def latent_side(self) -> int:
        return self.side // 2 ** (len(self.autoencoder_channels) - 1)

    def highest_tier(self, step: int) -> int:
        """The tier up to which concepts are sampled at a step of the denoiser."""
        return max(tier for tier, start in self.tier_starts if step >= start)


DEFAULT = Settings()
SMOKE = Settings(
    side=64,
    concept_limit=6,
    autoencoder_channels=(8, 16, 16, 16),
    autoencoder_steps=30,
    autoencoder_batch=4,
    crop=32,
    shard_size=64,
    shards=1,
    text_width=32,
    text_layers=2,
    text_steps=20,
    text_batch=16,
    tokenizer_captions=200,
    merges=100,
    denoiser_channels=(16, 32),
    denoiser_steps=15,
    cooldown_steps=5,
    decoder_steps=10,
    denoiser_batch=16,
    report_seconds=5.0,
)
