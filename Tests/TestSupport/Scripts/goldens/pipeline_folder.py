"""Writing of a complete model folder in diffusers layout."""

from pathlib import Path

from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from . import byte_pairs, text_encoder, vocabulary
from .pipeline_models import Model
from .storage import DTYPES, rewrite_tensors, write_json
from .weights import initialise


def write(model: Model, folder: Path) -> None:
    tokens = _write_tokenizer(model, folder / "tokenizer")
    _write_text_encoder(model, tokens, folder / "text_encoder")
    dtype = DTYPES[model.dtype]
    unet = initialise(UNet2DConditionModel(**model.unet), model.seed)
    unet.to(dtype).save_pretrained(folder / "unet")
    autoencoder = initialise(AutoencoderKL(**model.vae), model.seed)
    autoencoder.to(dtype).save_pretrained(folder / "vae")
    write_json(folder / "scheduler/scheduler_config.json", model.scheduler)
    write_json(folder / "model_index.json", _index(model))


def _write_tokenizer(model: Model, folder: Path) -> dict[str, int]:
    merges = byte_pairs.train(vocabulary.SENTENCES, model.merges)
    tokens = vocabulary.vocabulary(merges, model.complete_alphabet)
    write_files = vocabulary.write_single_file if model.single_file_tokenizer else vocabulary.write_classic
    write_files(folder, tokens, merges, model.tokenizer)
    return tokens


def _write_text_encoder(model: Model, tokens: dict[str, int], folder: Path) -> None:
    special = {"bos_token_id": tokens[vocabulary.START], "eos_token_id": tokens[vocabulary.END]}
    config = CLIPTextConfig(vocab_size=len(tokens), pad_token_id=1, **special, **model.text_encoder)
    encoder = initialise(CLIPTextModel(config), model.seed)
    encoder.to(DTYPES[model.dtype]).save_pretrained(folder)
    rename = text_encoder.with_prefix if model.prefixed_keys else text_encoder.without_prefix
    rewrite_tensors(folder / text_encoder.WEIGHT_FILE, rename)


def _index(model: Model) -> dict:
    return {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": "0.42.1",
        "feature_extractor": [None, None],
        "image_encoder": [None, None],
        "requires_safety_checker": False,
        "safety_checker": [None, None],
        "scheduler": ["diffusers", model.scheduler["_class_name"]],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
