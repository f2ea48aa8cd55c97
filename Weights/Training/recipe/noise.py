"""The forward process: v-prediction on a schedule that ends without any signal (Salimans & Ho 2022; Lin et al. 2023)."""

import torch
from diffusers import DDIMScheduler

LAST = 999


def build_scheduler() -> DDIMScheduler:
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
        steps_offset=1,
    )


class ForwardProcess:
    """Noisy latents and velocity targets at given timesteps."""

    def __init__(self, device: torch.device):
        alphas_cumprod = build_scheduler().alphas_cumprod.double()
        self.alpha = alphas_cumprod.sqrt().float().to(device)
        self.sigma = (1 - alphas_cumprod).sqrt().float().to(device)

    def noised(self, latents: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor):
        """alpha·x + sigma·noise, and v = alpha·noise − sigma·x."""
        alpha, sigma = (table[timesteps][:, None, None, None] for table in (self.alpha, self.sigma))
        return alpha * latents + sigma * noise, alpha * noise - sigma * latents


def sample_timesteps(count: int, device: torch.device, noisier: float = 0.8, last_share: float = 0.03) -> torch.Tensor:
    """Stratified over the batch, with more of the noisy end, and a share of the very last one, where sampling begins."""
    position = (torch.arange(count) + torch.rand(count)) / count
    timesteps = (position**noisier * (LAST + 1)).long().clamp(0, LAST)
    timesteps[torch.rand(count) < last_share] = LAST
    return timesteps[torch.randperm(count)].to(device)
