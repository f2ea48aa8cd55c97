"""Writes small single-file checkpoints with the original (ldm) names, and what diffusers reads from them.

    python make_single_file_goldens.py        (torch, diffusers, transformers, safetensors; versions in the output)

Random models of the Stable Diffusion 1.x and 2.x plans are made with diffusers and renamed by the tables below.
diffusers' own `StableDiffusionPipeline.from_single_file` then reads the file back; what it made of it is recorded in
NAME.json: for every tensor its shape, the sum of its elements and the sum of each times its index modulo 1009 (both
exact: the elements are -1, 0 or 1), and the configurations.
"""

import json
import os
import sys
import tempfile

import diffusers
import torch
import transformers
from safetensors.torch import save_file

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Fixtures")
WORDS = 60
LENGTH = 12


def models(second):
    """A U-Net, an autoencoder and a text encoder of the plan of Stable Diffusion 2.x (second) or 1.x."""
    channels = [32, 64, 32] if second else [32, 64]
    levels = len(channels)
    unet = diffusers.UNet2DConditionModel(
        sample_size=8,
        block_out_channels=channels,
        layers_per_block=1 if second else 2,
        cross_attention_dim=32 if second else 64,
        down_block_types=["CrossAttnDownBlock2D"] * (levels - 1) + ["DownBlock2D"],
        up_block_types=["UpBlock2D"] + ["CrossAttnUpBlock2D"] * (levels - 1),
        attention_head_dim=[max(1, c // 64) for c in channels] if second else 8,
        use_linear_projection=second,
    )
    vae = diffusers.AutoencoderKL(
        block_out_channels=[32, 32, 64] if second else [32, 64],
        down_block_types=["DownEncoderBlock2D"] * (3 if second else 2),
        up_block_types=["UpDecoderBlock2D"] * (3 if second else 2),
        layers_per_block=1,
        latent_channels=4,
        sample_size=64,
    )
    text = transformers.CLIPTextModel(
        transformers.CLIPTextConfig(
            vocab_size=WORDS,
            hidden_size=32 if second else 64,
            intermediate_size=32,
            num_hidden_layers=23 if second else 2,
            num_attention_heads=1,
            max_position_embeddings=LENGTH,
            hidden_act="gelu" if second else "quick_gelu",
        )
    )
    return unet, vae, text


def fill(model, generator):
    """-1, 0 or 1: exact in half precision, and the file compresses well."""
    with torch.no_grad():
        for parameter in model.parameters():
            values = torch.randint(-1, 2, parameter.shape, generator=generator).to(torch.float32)
            parameter.copy_(values)


def rename(name, rules):
    for old, new in rules:
        name = name.replace(old, new)
    return name


def unet_names(unet):
    """From diffusers' names to the original ones."""
    layers, levels = unet.config.layers_per_block, len(unet.config.block_out_channels)
    rules = [
        ("time_embedding.linear_1", "time_embed.0"), ("time_embedding.linear_2", "time_embed.2"),
        ("conv_norm_out", "out.0"), ("conv_out", "out.2"), ("conv_in", "input_blocks.0.0"),
        ("mid_block.resnets.0", "middle_block.0"), ("mid_block.attentions.0", "middle_block.1"),
        ("mid_block.resnets.1", "middle_block.2"),
    ]
    for level in range(levels):
        for layer in range(layers):
            index = 1 + level * (layers + 1) + layer
            rules.append((f"down_blocks.{level}.resnets.{layer}.", f"input_blocks.{index}.0."))
            rules.append((f"down_blocks.{level}.attentions.{layer}.", f"input_blocks.{index}.1."))
        rules.append((f"down_blocks.{level}.downsamplers.0.conv", f"input_blocks.{(level + 1) * (layers + 1)}.0.op"))
        has_attention = unet.config.up_block_types[level].startswith("CrossAttn")
        for layer in range(layers + 1):
            index = level * (layers + 1) + layer
            rules.append((f"up_blocks.{level}.resnets.{layer}.", f"output_blocks.{index}.0."))
            rules.append((f"up_blocks.{level}.attentions.{layer}.", f"output_blocks.{index}.1."))
        last = level * (layers + 1) + layers
        rules.append((f"up_blocks.{level}.upsamplers.0.", f"output_blocks.{last}.{2 if has_attention else 1}."))
    resnet = [
        ("norm1", "in_layers.0"), ("conv1", "in_layers.2"), ("time_emb_proj", "emb_layers.1"), ("norm2", "out_layers.0"),
        ("conv2", "out_layers.3"), ("conv_shortcut", "skip_connection"),
    ]
    return lambda name: rename(rename(name, rules), [] if "transformer_blocks" in name else resnet)


def vae_names(vae):
    levels = len(vae.config.block_out_channels)
    rules = [
        ("mid_block.resnets.0", "mid.block_1"), ("mid_block.resnets.1", "mid.block_2"),
        ("mid_block.attentions.0.group_norm", "mid.attn_1.norm"), ("mid_block.attentions.0.to_q", "mid.attn_1.q"),
        ("mid_block.attentions.0.to_k", "mid.attn_1.k"), ("mid_block.attentions.0.to_v", "mid.attn_1.v"),
        ("mid_block.attentions.0.to_out.0", "mid.attn_1.proj_out"), ("conv_norm_out", "norm_out"),
        ("conv_shortcut", "nin_shortcut"),
    ]
    for level in range(levels):
        rules.append((f"down_blocks.{level}.resnets", f"down.{level}.block"))
        rules.append((f"down_blocks.{level}.downsamplers.0", f"down.{level}.downsample"))
        rules.append((f"up_blocks.{level}.resnets", f"UP.{levels - 1 - level}.block"))
        rules.append((f"up_blocks.{level}.upsamplers.0", f"UP.{levels - 1 - level}.upsample"))
    rules.append(("UP.", "up."))
    return lambda name: rename(name, rules)


def open_clip(state, layers, width):
    """OpenCLIP's names: one projection for query, key and value, and one block more than is used."""
    rules = [
        ("encoder.layers", "transformer.resblocks"), ("layer_norm1", "ln_1"), ("layer_norm2", "ln_2"),
        ("self_attn", "attn"), ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj"), ("final_layer_norm", "ln_final"),
        ("embeddings.token_embedding", "token_embedding"), ("embeddings.position_embedding.weight", "positional_embedding"),
    ]
    renamed = {}
    for name, tensor in state.items():
        if any(f".{part}_proj." in name for part in "qkv"):
            continue
        renamed[rename(name, rules)] = tensor
    for layer in range(layers):
        for kind in ("weight", "bias"):
            parts = [state[f"encoder.layers.{layer}.self_attn.{part}_proj.{kind}"] for part in "qkv"]
            renamed[f"transformer.resblocks.{layer}.attn.in_proj_{kind}"] = torch.cat(parts)
    for name in [n for n in renamed if n.startswith(f"transformer.resblocks.{layers - 1}.")]:
        renamed[name.replace(f".{layers - 1}.", f".{layers}.")] = renamed[name] + 1
    renamed["text_projection"] = torch.ones(width, width)
    renamed["logit_scale"] = torch.tensor(4.0)
    return renamed


def bare(state):
    return {name.removeprefix("text_model."): tensor for name, tensor in state.items() if "position_ids" not in name}


def checkpoint(unet, vae, text, second):
    tensors = {f"model.diffusion_model.{unet_names(unet)(n)}": t for n, t in unet.state_dict().items()}
    for name, tensor in vae.state_dict().items():
        name = vae_names(vae)(name)
        is_attention = ".mid.attn_1." in name and tensor.dim() == 2
        tensors[f"first_stage_model.{name}"] = tensor[:, :, None, None] if is_attention else tensor
    state = bare(text.state_dict())
    if second:
        state = open_clip(state, text.config.num_hidden_layers, text.config.hidden_size)
        tensors |= {f"cond_stage_model.model.{n}": t for n, t in state.items()}
    else:
        prefix = "cond_stage_model.transformer.text_model."
        tensors |= {f"{prefix}{n}": t for n, t in state.items()}
        tensors[f"{prefix}embeddings.position_ids"] = torch.arange(LENGTH)[None]
        tensors["model_ema.decay"] = torch.tensor(0.9999)
    return {n: t.half().contiguous() if t.is_floating_point() else t for n, t in tensors.items()}


def tokenizer(folder):
    """Any tokenizer will do: it does not come from the file."""
    os.makedirs(folder)
    words = ["a", "b", "a</w>", "b</w>", "<|startoftext|>", "<|endoftext|>"]
    json.dump({w: i for i, w in enumerate(words)}, open(f"{folder}/vocab.json", "w"))
    open(f"{folder}/merges.txt", "w").write("#version: 0.2\n")
    return transformers.CLIPTokenizer.from_pretrained(folder)


def sums(state):
    def entry(tensor):
        flat = tensor.double().flatten()
        index = torch.arange(flat.numel()) % 1009
        return {"shape": list(tensor.shape), "sum": flat.sum().item(), "indexed": (flat * index).sum().item()}

    return {name: entry(tensor) for name, tensor in sorted(state.items())}


def chosen(config, keys):
    return {key: config[key] for key in keys}


UNET_KEYS = [
    "in_channels", "out_channels", "block_out_channels", "layers_per_block", "down_block_types", "up_block_types",
    "cross_attention_dim", "attention_head_dim", "use_linear_projection",
]
VAE_KEYS = ["in_channels", "out_channels", "latent_channels", "block_out_channels", "layers_per_block", "scaling_factor"]
TEXT_KEYS = [
    "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
    "max_position_embeddings", "hidden_act",
]


def make(name, second):
    generator = torch.Generator().manual_seed(2 if second else 1)
    unet, vae, text = models(second)
    for model in (unet, vae, text):
        fill(model, generator)
    with tempfile.TemporaryDirectory() as folder:
        pipe = diffusers.StableDiffusionPipeline(
            vae=vae, text_encoder=text, tokenizer=tokenizer(f"{folder}/words"), unet=unet,
            scheduler=diffusers.DDIMScheduler(), safety_checker=None, feature_extractor=None,
            requires_safety_checker=False,
        )
        pipe.save_pretrained(f"{folder}/model")
        path = os.path.join(HERE, f"{name}.safetensors")
        save_file(checkpoint(unet, vae, text, second), path)
        read = diffusers.StableDiffusionPipeline.from_single_file(path, config=f"{folder}/model", local_files_only=True)
    parts = {"unet": read.unet, "vae": read.vae, "text_encoder": read.text_encoder}
    for part, model in zip(parts.values(), (unet, vae, text)):
        expected = model.state_dict()
        for key, value in part.state_dict().items():
            assert torch.equal(value.float(), expected[key].float()), key
    states = {part: sums(bare(model.state_dict())) for part, model in parts.items()}
    configs = {
        "unet": chosen(read.unet.config, UNET_KEYS), "vae": chosen(read.vae.config, VAE_KEYS),
        "text_encoder": chosen(read.text_encoder.config.to_dict(), TEXT_KEYS),
    }
    versions = {m.__name__: m.__version__ for m in (torch, diffusers, transformers)}
    with open(os.path.join(HERE, f"{name}.json"), "w") as file:
        json.dump({"versions": versions, "configurations": configs, "tensors": states}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    make("sd1", second=False)
    make("sd2", second=True)
