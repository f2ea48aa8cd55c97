"""Converts a model folder's U-Net and autoencoder for OpenVINO, once: `openvino_models.py MODEL CACHE [--int8]`.

Writes CACHE/unet.xml and CACHE/decoder.xml (any size, f16 weights as in the checkpoint) and, with NNCF's post-training
quantisation of weights and activations calibrated on random inputs, CACHE/unet-int8.xml.
"""

import argparse
from pathlib import Path

import numpy
import openvino
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel


class Noise(torch.nn.Module):
    def __init__(self, unet):
        super().__init__()
        self.unet = unet

    def forward(self, latents, timestep, context):
        return self.unet(latents, timestep, context, return_dict=False)[0]


class Decoder(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, latents):
        return self.vae.decode(latents / self.vae.config.scaling_factor, return_dict=False)[0]


def convert_unet(model: str, path: Path) -> None:
    unet = UNet2DConditionModel.from_pretrained(model, subfolder="unet", torch_dtype=torch.float32).eval()
    example = (
        torch.randn(2, unet.config.in_channels, 32, 32), torch.tensor(500.0),
        torch.randn(2, 77, unet.config.cross_attention_dim))
    converted = openvino.convert_model(Noise(unet), example_input=example)
    openvino.save_model(converted, path, compress_to_fp16=True)


def convert_decoder(model: str, path: Path) -> None:
    vae = AutoencoderKL.from_pretrained(model, subfolder="vae", torch_dtype=torch.float32).eval()
    converted = openvino.convert_model(Decoder(vae), example_input=(torch.randn(1, vae.config.latent_channels, 32, 32),))
    openvino.save_model(converted, path, compress_to_fp16=True)


def quantize(source: str, path: Path, target: Path, samples: int) -> None:
    import nncf

    model = openvino.Core().read_model(path)
    config = UNet2DConditionModel.load_config(source, subfolder="unet")
    channels, width = config["in_channels"], config["cross_attention_dim"]
    # Traced shapes are all dynamic; NNCF has to know which axis of an input holds its channels.
    model.reshape({0: [2, channels, -1, -1], 1: [], 2: [2, 77, width]})
    generator = numpy.random.default_rng(0)

    def sample(index: int):
        return (
            generator.standard_normal((2, channels, 32, 32), dtype=numpy.float32),
            numpy.array(999 - index * 999 // samples, dtype=numpy.float32),
            generator.standard_normal((2, 77, width), dtype=numpy.float32))

    dataset = nncf.Dataset([sample(index) for index in range(samples)])
    quantized = nncf.quantize(model, dataset, model_type=nncf.ModelType.TRANSFORMER, subset_size=samples)
    openvino.save_model(quantized, target, compress_to_fp16=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("cache", type=Path)
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--int8", action="store_true")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    arguments.cache.mkdir(parents=True, exist_ok=True)
    unet, decoder, int8 = (arguments.cache / f"{name}.xml" for name in ("unet", "decoder", "unet-int8"))
    if not unet.exists():
        convert_unet(arguments.model, unet)
    if not decoder.exists():
        convert_decoder(arguments.model, decoder)
    if arguments.int8 and not int8.exists():
        quantize(arguments.model, unet, int8, arguments.samples)


if __name__ == "__main__":
    main()
