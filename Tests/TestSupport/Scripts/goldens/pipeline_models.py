"""The complete tiny model folders, each with the traits of one family of published checkpoints."""

from dataclasses import dataclass

from . import vocabulary

CROSS = dict(
    down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    layers_per_block=1, norm_num_groups=4,
)
TRAINING = dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, num_train_timesteps=1000)


@dataclass(frozen=True)
class Model:
    name: str
    summary: str
    seed: int
    merges: int
    tokenizer: dict
    text_encoder: dict
    unet: dict
    vae: dict
    scheduler: dict
    single_file_tokenizer: bool = False
    complete_alphabet: bool = True
    prefixed_keys: bool = False
    dtype: str = "float32"


def vae(channels: tuple[int, ...], latent_channels: int, **others) -> dict:
    return dict(
        block_out_channels=channels, latent_channels=latent_channels, norm_num_groups=2,
        down_block_types=("DownEncoderBlock2D",) * len(channels),
        up_block_types=("UpDecoderBlock2D",) * len(channels), **others,
    )


SD1 = Model(
    "sd1_ddim", "Stable Diffusion 1.x traits: DDIM config, epsilon, classic tokenizer, text_model. keys", 601,
    merges=88, tokenizer={"model_max_length": 77}, prefixed_keys=True,
    text_encoder=dict(hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2),
    unet=dict(**CROSS, block_out_channels=(8, 16), attention_head_dim=2, cross_attention_dim=16, sample_size=8),
    vae=vae((4, 4, 8, 8), 4),
    scheduler=dict(
        _class_name="DDIMScheduler", **TRAINING, clip_sample=False, set_alpha_to_one=False, steps_offset=1,
        prediction_type="epsilon", trained_betas=None,
    ),
)

SD2 = Model(
    "sd2_ddpm_v",
    "Stable Diffusion 2.x traits: DDPM config, v_prediction, padding with !, linear projections, F16 files; "
    "the pipeline corrects steps_offset 0 and clip_sample true",
    602, merges=60, tokenizer={"model_max_length": 20, "pad_token": "!", "config_pad_token": vocabulary.END},
    dtype="float16",
    text_encoder=dict(
        hidden_size=20, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4, hidden_act="gelu",
        max_position_embeddings=20,
    ),
    unet=dict(
        **CROSS, block_out_channels=(8, 16), attention_head_dim=(2, 4), cross_attention_dim=20,
        use_linear_projection=True, sample_size=(7, 9),
    ),
    vae=vae((4, 4, 6, 8), 4),
    scheduler=dict(
        _class_name="DDPMScheduler", **TRAINING, clip_sample=True, steps_offset=0, prediction_type="v_prediction",
        variance_type="fixed_small", trained_betas=None,
    ),
)

ZERO_SNR = Model(
    "zero_snr_trailing",
    "DDIM, v_prediction, rescale_betas_zero_snr, trailing steps; tokenizer.json alone; 8 latent channels, "
    "two-level VAE without quant convolutions",
    603, merges=150, tokenizer={"model_max_length": 16, "special_tokens_map": False}, single_file_tokenizer=True,
    complete_alphabet=False,
    text_encoder=dict(
        hidden_size=12, intermediate_size=20, num_hidden_layers=1, num_attention_heads=3, max_position_embeddings=16,
    ),
    unet=dict(
        **CROSS, block_out_channels=(8, 12), attention_head_dim=2, cross_attention_dim=12, in_channels=8,
        out_channels=8, sample_size=12,
    ),
    vae=vae((4, 8), 8, use_quant_conv=False, use_post_quant_conv=False, scaling_factor=0.5),
    scheduler=dict(
        _class_name="DDIMScheduler", **TRAINING, clip_sample=False, set_alpha_to_one=True, steps_offset=1,
        prediction_type="v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing",
    ),
)

OLD = Model(
    "old_pndm_config",
    "a PNDM configuration as the first release had it: no steps_offset, clip_sample, prediction_type or spacing",
    604, merges=30, tokenizer={"model_max_length": 12}, dtype="float16",
    text_encoder=dict(
        hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, max_position_embeddings=12,
    ),
    unet=dict(**CROSS, block_out_channels=(4, 8), attention_head_dim=2, cross_attention_dim=8, sample_size=8),
    vae=vae((4, 4), 4),
    scheduler=dict(_class_name="PNDMScheduler", _diffusers_version="0.2.2", **TRAINING, skip_prk_steps=True),
)

DISTILLED = Model(
    "lcm_guidance_input", "a distilled model: LCM config, the guidance scale is an input (time_cond_proj_dim)", 605,
    merges=30, tokenizer={"model_max_length": 12}, dtype="float16",
    text_encoder=dict(
        hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, max_position_embeddings=12,
    ),
    unet=dict(
        **CROSS, block_out_channels=(4, 8), attention_head_dim=2, cross_attention_dim=8, sample_size=8,
        time_cond_proj_dim=11,
    ),
    vae=vae((4, 4), 4),
    scheduler=dict(_class_name="LCMScheduler", **TRAINING, clip_sample=False, set_alpha_to_one=True, steps_offset=0),
)

MODELS = [SD1, SD2, ZERO_SNR, OLD, DISTILLED]
