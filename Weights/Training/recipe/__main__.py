"""Trains, exports and examines the embedded default model; README.md beside this package says in which order."""

import argparse
import json
import shutil
from dataclasses import replace
from pathlib import Path

import torch

from .autoencoder import train_autoencoder
from .card import write_card
from .cores import ThreadCount
from .decoder import train_decoder
from .denoiser import cool_denoiser, train_denoiser
from .evaluation import evaluate, sweep, write_json
from .export import chosen_sampling, export, known_tier
from .latents import cache_latents
from .renderers import DiffusersRenderer, ProgramRenderer, Renderer, Sampling
from .settings import DEFAULT, SMOKE
from .text import train_text
from .tokens import train_tokenizer
from .workspace import Workspace

STAGES = {
    "tokenizer": train_tokenizer,
    "autoencoder": train_autoencoder,
    "latents": cache_latents,
    "text": train_text,
    "denoiser": train_denoiser,
}
AFTERWARDS = {"cooldown": cool_denoiser, "decoder": train_decoder}
SWEEP = tuple(Sampling(guidance, steps) for steps in (20, 12) for guidance in (2.0, 3.0, 4.0, 6.0))
SWEEP += (Sampling(3.0, 20, "DPM++ 2M"),)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m recipe", description=__doc__)
    commands = ["run", *STAGES, *AFTERWARDS, "export", "sweep", "evaluate", "card", "smoke"]
    parser.add_argument("command", choices=commands)
    parser.add_argument("--work", type=Path, required=True, help="folder for data, checkpoints and the log")
    parser.add_argument("--pause-file", type=Path, help="training sleeps while this file exists")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, help="budget of the denoiser stage or of the cooldown, in place of the plan's")
    parser.add_argument("--shards", type=int, help="shards of cached latents, in place of the plan's")
    parser.add_argument("--model", type=Path, help="exported folder (default: WORK/export)")
    parser.add_argument("--stage", default="denoiser", help="whose weights to export: denoiser or denoiser-cooled")
    parser.add_argument("--program", type=Path, help="our diffuse program draws in place of diffusers")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--share", type=float, default=1.0, help="share of the captions asked")
    return parser.parse_args()


def make_workspace(arguments: argparse.Namespace) -> Workspace:
    settings = SMOKE if arguments.command == "smoke" else DEFAULT
    if arguments.steps is not None:
        key = "cooldown_steps" if arguments.command == "cooldown" else "denoiser_steps"
        settings = replace(settings, **{key: arguments.steps})
    if arguments.shards is not None:
        settings = replace(settings, shards=arguments.shards)
    return Workspace(arguments.work, settings, arguments.pause_file, torch.device(arguments.device))


def make_renderer(arguments: argparse.Namespace, model: Path) -> Renderer:
    return ProgramRenderer(arguments.program, model) if arguments.program else DiffusersRenderer(model)


def run_sweep(workspace: Workspace, renderer: Renderer, model: Path, points, share: float) -> None:
    """Stores the best point, in the workspace and in the exported folder."""
    write_json(workspace.folder / "sampling.json", sweep(workspace, renderer, points, known_tier(workspace, model), share).figures())
    described = json.loads((model / "diffuse.json").read_text())
    chosen = chosen_sampling(workspace)
    described |= {"steps": chosen.steps, "cfg_scale": chosen.guidance, "sampler": chosen.sampler}
    write_json(model / "diffuse.json", described)


def finish(workspace: Workspace, model: Path) -> None:
    """The card and its contact sheet into the exported folder."""
    write_card(workspace, model)
    shutil.copyfile(workspace.folder / "evaluation.png", model / "sheet.png")


def smoke(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Every stage and command, tiny; the pictures are noise."""
    for stage in (*STAGES.values(), *AFTERWARDS.values()):
        stage(workspace)
    model = export(workspace, workspace.folder / "export", "denoiser-cooled")
    renderer = make_renderer(arguments, model)
    run_sweep(workspace, renderer, model, (Sampling(2.0, 2), Sampling(3.0, 2, "DPM++ 2M")), 0.02)
    evaluate(workspace, renderer, chosen_sampling(workspace), known_tier(workspace, model), 1, 0.02)
    finish(workspace, model)


def main() -> None:
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    ThreadCount.most = arguments.threads
    workspace, command = make_workspace(arguments), arguments.command
    model = arguments.model or workspace.folder / "export"
    if command in ("run", *STAGES, *AFTERWARDS):
        for stage in STAGES.values() if command == "run" else [{**STAGES, **AFTERWARDS}[command]]:
            stage(workspace)
    elif command == "export":
        export(workspace, model, arguments.stage)
    elif command == "sweep":
        run_sweep(workspace, make_renderer(arguments, model), model, SWEEP, arguments.share)
    elif command == "evaluate":
        renderer, tier = make_renderer(arguments, model), known_tier(workspace, model)
        evaluate(workspace, renderer, chosen_sampling(workspace), tier, arguments.seeds, arguments.share)
    elif command == "card":
        finish(workspace, model)
    else:
        smoke(workspace, arguments)


main()
