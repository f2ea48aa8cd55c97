"""diffusers on PyTorch: `diffusers_worker.py f32|bf16`, work on standard input (see stages.py)."""

import sys

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer

from stages import array, run


def load(work):
    torch.set_num_threads(work["threads"])
    torch.set_grad_enabled(False)
    model, dtype = work["model"], torch.bfloat16 if sys.argv[1] == "bf16" else torch.float32
    kinds = {task["kind"] for task in work["tasks"]}
    operations = {}
    if "unet" in kinds:
        unet = UNet2DConditionModel.from_pretrained(model, subfolder="unet", torch_dtype=dtype).eval()
        unet = unet.to(memory_format=torch.channels_last)

        def unet_operation(task):
            latents = torch.from_numpy(array(task["latents"], task["shape"])).to(dtype)
            latents = latents.contiguous(memory_format=torch.channels_last)
            context = torch.from_numpy(array(task["context"], task["contextShape"])).to(dtype)
            return lambda _: unet(latents, task["timestep"], context).sample.float().numpy()

        operations["unet"] = unet_operation
    if "decode" in kinds:
        vae = AutoencoderKL.from_pretrained(model, subfolder="vae", torch_dtype=dtype).eval()
        vae = vae.to(memory_format=torch.channels_last)

        def decode_operation(task):
            latents = torch.from_numpy(array(task["latents"], task["shape"])).to(dtype) / vae.config.scaling_factor
            latents = latents.contiguous(memory_format=torch.channels_last)
            return lambda _: vae.decode(latents).sample.float().numpy()

        operations["decode"] = decode_operation
    if "text" in kinds:
        tokenizer = CLIPTokenizer.from_pretrained(model, subfolder="tokenizer")
        encoder = CLIPTextModel.from_pretrained(model, subfolder="text_encoder", torch_dtype=dtype).eval()

        def text_operation(task):
            def encode(call):
                ids = tokenizer(
                    task["prompts"][call], padding="max_length", truncation=True, return_tensors="pt").input_ids
                return encoder(ids)[0].float().numpy()
            return encode

        operations["text"] = text_operation
    return operations


run(load)
