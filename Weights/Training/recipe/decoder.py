"""Stage: the decoder alone, the encoder kept, so that cached latents and the denoiser stay valid."""

import torch

from .autoencoder import PictureSource, measure, measuring_pictures, reconstruction_loss
from .latents import standard_autoencoder
from .loop import Average, Loop, Progress, gradient_norms
from .optimiser import Optimiser
from .workspace import Workspace

STREAM = 7
CONSTANT_UNTIL = 0.5  # share of the budget after which the learning rate falls to zero


def train_decoder(workspace: Workspace) -> None:
    """Whole pictures, latents drawn from the encoder's posterior."""
    settings, device = workspace.settings, workspace.device
    torch.manual_seed(settings.seed + STREAM)
    model, twin = standard_autoencoder(workspace), standard_autoencoder(workspace)
    trained = torch.nn.ModuleDict({"decoder": model.decoder, "post": model.post_quant_conv}).train()
    average, source = Average(model, 0.998), PictureSource(workspace)
    optimiser = Optimiser(trained, settings.decoder_rate, plain=("conv_in", "conv_out", "post"))
    parts = {"model": model, "average": average, "optimiser": optimiser}
    loop = Loop(workspace.checkpoint("decoder"), parts, workspace.log, workspace.pause_file)
    measured = measuring_pictures(workspace, 64).to(device)
    budget, recent, count = settings.decoder_steps, [], max(2, settings.autoencoder_batch // 4)

    def step(progress: Progress) -> None:
        torch.manual_seed(settings.seed * 1_000_003 + progress.step)
        pictures = source.batch(10_000_000 + progress.step, count, settings.side)
        pictures = pictures.to(device, memory_format=torch.channels_last)
        with workspace.autocast():
            with torch.no_grad():
                latents = model.encode(pictures).latent_dist.sample()
            loss = reconstruction_loss(model.decode(latents).sample.float(), pictures)
        loss.backward()
        if progress.step < 3:
            workspace.log(f"gradient norms {gradient_norms(dict(trained.items()))}")
        share = progress.step / budget
        optimiser.step(min(1.0, (progress.step + 1) / 100) * min(1.0, max(0.02, (1 - share) / (1 - CONSTANT_UNTIL))))
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
