#!/usr/bin/env python3
"""Makes a full-size Stable Diffusion folder with random weights from the configuration files of a real one.

Trained weights are large and under licences of their own; for speed, memory and agreement random ones of the same
architecture do. The folder gets the configurations and the tokenizer of CONFIGS, and f16 weights:

    python make_random_model.py CONFIGS OUTPUT [--seed N] [--float32]

CONFIGS is a folder in diffusers' layout without weights (unet/config.json, vae/config.json, text_encoder/config.json,
scheduler/, tokenizer/, model_index.json).
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel


def make_part(part: str, configs: Path):
    config = json.loads((configs / part / "config.json").read_text())
    if part == "text_encoder":
        return CLIPTextModel(CLIPTextConfig.from_dict(config))
    model_class = UNet2DConditionModel if part == "unet" else AutoencoderKL
    return model_class.from_config({key: value for key, value in config.items() if not key.startswith("_name")})


def copy_configs(configs: Path, output: Path) -> None:
    """Copies everything but the safety checker, which has no weights here."""
    for part in ("scheduler", "tokenizer"):
        shutil.copytree(configs / part, output / part, dirs_exist_ok=True, copy_function=shutil.copyfile)
    index = json.loads((configs / "model_index.json").read_text())
    index["safety_checker"] = [None, None]
    index["feature_extractor"] = [None, None]
    index["requires_safety_checker"] = False
    (output / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("configs", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--float32", action="store_true", help="store f32 instead of f16")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    copy_configs(arguments.configs, arguments.output)
    for part in ("unet", "vae", "text_encoder"):
        torch.manual_seed(arguments.seed)
        model = make_part(part, arguments.configs)
        if not arguments.float32:
            model = model.half()
        model.save_pretrained(arguments.output / part)
        del model


if __name__ == "__main__":
    main()
