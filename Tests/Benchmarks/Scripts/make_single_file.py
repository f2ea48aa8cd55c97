#!/usr/bin/env python3
"""Writes a model folder in diffusers' layout as one safetensors file with the original (ldm) names.

    python make_single_file.py MODEL OUTPUT.safetensors

MODEL is a folder of the Stable Diffusion 1.x or 2.x plan, such as make_random_model.py writes; tensors are stored as f16.
"""

import argparse
import sys
from pathlib import Path

from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextModel

sys.path.append(str(Path(__file__).resolve().parents[2] / "WeightsTests"))
from make_single_file_goldens import checkpoint  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    unet = UNet2DConditionModel.from_pretrained(arguments.model / "unet")
    vae = AutoencoderKL.from_pretrained(arguments.model / "vae")
    text = CLIPTextModel.from_pretrained(arguments.model / "text_encoder")
    save_file(checkpoint(unet, vae, text, second=text.config.hidden_act != "quick_gelu"), arguments.output)


if __name__ == "__main__":
    main()
