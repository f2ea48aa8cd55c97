"""The model card (README.md of the exported folder), its figures read from checkpoints and evaluation."""

import json
import platform
from importlib.metadata import version
from pathlib import Path

import torch

from .export import size_in_mb
from .scenes import COLOURS
from .workspace import Workspace

TOOLS = ("torch", "diffusers", "transformers", "numpy", "pillow", "fonttools")
PACKAGES = ("fonts-noto-color-emoji", "unicode-data", "unicode-cldr-core")
STAGES = ("autoencoder", "text", "denoiser", "denoiser-cooled", "decoder")
TEMPLATE = Path(__file__).resolve().parent.parent / "card.md"


def processor() -> str:
    """The processor's name and the threads used."""
    names = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    return f"{names[0] if names else platform.machine()}, {torch.get_num_threads()} threads"


def debian_versions() -> list[str]:
    """Installed versions of the data packages, from dpkg's status file."""
    found, package = [], None
    for line in Path("/var/lib/dpkg/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("Package: "):
            package = line[9:]
        elif line.startswith("Version: ") and package in PACKAGES:
            found.append(f"{package} {line[9:]}")
    return found


def stage_rows(workspace: Workspace) -> str:
    """A table row for each stage that has run: minutes of training (over all sessions), steps, last figures."""
    rows = []
    for stage in STAGES:
        path = workspace.checkpoint(stage)
        if path.exists():
            progress = torch.load(path, map_location="cpu", weights_only=True)["progress"]
            figures = progress["history"][-1] if progress["history"] else {}
            said = ", ".join(f"{key} {value}" for key, value in figures.items() if key not in ("step", "minutes"))
            rows.append(f"| {stage} | {progress['seconds'] / 60:.0f} min | {progress['step']} | {said} |")
    return "\n".join(rows)


def parameter_rows(folder: Path) -> str:
    """A table row for each part: its file's megabytes and parameters (two bytes each)."""
    rows = []
    for part in ("text_encoder", "unet", "vae"):
        megabytes = sum(file.stat().st_size for file in (folder / part).glob("*.safetensors")) / 1e6
        rows.append(f"| {part} | {megabytes / 2:.2f} million | {megabytes:.1f} MB |")
    return "\n".join(rows)


def evaluation_rows(figures: dict) -> str:
    return "\n".join(
        f"| {group} | {row['name']} % | {row['ground']} % | {row['plain']} % |" for group, row in figures["groups"].items()
    )


def sweep_rows(sweep: list[dict]) -> str:
    rows = [
        f"| {point['guidance']} | {point['steps']} | {point['sampler']} | {point['groups']['asked']['name']} % | "
        f"{point['groups']['asked']['ground']} % | {point['groups']['asked']['plain']} % |"
        for point in sweep
    ]
    return "\n".join(rows)


def write_card(workspace: Workspace, folder: Path) -> None:
    """Fills card.md; the evaluation and the sweep must have been run on this folder."""
    figures = json.loads((workspace.folder / "evaluation.json").read_text())
    sweep = json.loads((workspace.folder / "sweep.json").read_text())
    knows = json.loads((folder / "diffuse.json").read_text())["knows"]
    values = {
        "megabytes": f"{size_in_mb(folder):.1f}",
        "side": workspace.settings.side,
        "guidance": figures["guidance"],
        "steps": figures["steps"],
        "count": len(knows),
        "knows": ", ".join(knows),
        "colours": ", ".join(" or ".join(words) for words, _ in COLOURS.values()),
        "parts": parameter_rows(folder),
        "stages": stage_rows(workspace),
        "evaluation": evaluation_rows(figures),
        "sweep": sweep_rows(sweep),
        "captions": figures["captions"],
        "seeds": figures["seeds"],
        "renderer": figures["renderer"],
        "psnr": figures["autoencoder"]["psnr"],
        "psnr_of_mean": figures["autoencoder"]["psnr_of_mean"],
        "seed": workspace.settings.seed,
        "tools": ", ".join(f"{tool} {version(tool)}" for tool in TOOLS) + f", Python {platform.python_version()}",
        "packages": ", ".join(debian_versions()),
        "hardware": processor(),
    }
    (folder / "README.md").write_text(TEMPLATE.read_text(encoding="utf-8").format(**values), encoding="utf-8")
