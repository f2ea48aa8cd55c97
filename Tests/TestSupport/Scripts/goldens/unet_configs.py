"""The U-Net architectures of the fixtures: each is the smallest that shows what its summary says."""

from dataclasses import dataclass

DOWN, CROSS_DOWN = "DownBlock2D", "CrossAttnDownBlock2D"
UP, CROSS_UP = "UpBlock2D", "CrossAttnUpBlock2D"


@dataclass(frozen=True)
class Case:
    """One call of the model. `timesteps` has one entry per row, or one for all rows."""

    name: str
    batch: int
    height: int
    width: int
    tokens: int
    timesteps: list[float]


@dataclass(frozen=True)
class Architecture:
    name: str
    summary: str
    config: dict
    cases: list[Case]
    seed: int
    dtype: str = "float32"
    attention: tuple[bool, ...] = (True, True)

    def arguments(self) -> dict:
        """Constructor arguments: the configuration with block types from which levels have attention."""
        levels = self.attention
        return {
            "down_block_types": tuple(CROSS_DOWN if a else DOWN for a in levels),
            "up_block_types": tuple(CROSS_UP if a else UP for a in reversed(levels)),
            "sample_size": 16,
            **self.config,
        }


def usual_cases(tokens: int = 77) -> list[Case]:
    """Odd latents with a timestep per row, and an even latent with a fractional timestep for all rows."""
    return [
        Case("odd", batch=2, height=7, width=9, tokens=tokens, timesteps=[981, 1]),
        Case("even", batch=1, height=8, width=12, tokens=7, timesteps=[417.25]),
    ]


SD_CASES = [
    *usual_cases(),
    Case("larger", batch=2, height=13, width=19, tokens=77, timesteps=[500, 20]),
    Case("tiny", batch=1, height=3, width=5, tokens=1, timesteps=[0]),
    Case("shared_timestep", batch=3, height=8, width=8, tokens=5, timesteps=[999]),
]

ARCHITECTURES = [
    Architecture(
        "sd1_like",
        "Stable Diffusion 1.x shape: all four block types, attention_head_dim 4 that is the number of heads, F16 file",
        dict(
            block_out_channels=(8, 16, 24, 24), attention_head_dim=4, cross_attention_dim=24, norm_num_groups=8,
        ),
        SD_CASES, seed=101, dtype="float16", attention=(True, True, True, False),
    ),
    Architecture(
        "sd2_like",
        "Stable Diffusion 2.x shape: attention_head_dim per level, use_linear_projection, upcast_attention",
        dict(
            block_out_channels=(8, 16, 24, 24), attention_head_dim=(1, 2, 3, 3), cross_attention_dim=20,
            norm_num_groups=4, layers_per_block=1, use_linear_projection=True, upcast_attention=True,
        ),
        SD_CASES, seed=102, attention=(True, True, True, False),
    ),
    Architecture(
        "odd_channels_bf16",
        "three levels of 15/25/35 channels, 5 groups, 3/5/7 heads, cross_attention_dim 13, BF16 file",
        dict(
            block_out_channels=(15, 25, 35), attention_head_dim=(3, 5, 7), cross_attention_dim=13,
            norm_num_groups=5, layers_per_block=1,
        ),
        usual_cases(), seed=103, dtype="bfloat16", attention=(True, True, True),
    ),
    Architecture(
        "only_cross_bool",
        "only_cross_attention true: the levels' attn1 reads the context, the mid block's does not",
        dict(
            block_out_channels=(8, 16), attention_head_dim=2, cross_attention_dim=12, norm_num_groups=4,
            layers_per_block=1, only_cross_attention=True,
        ),
        usual_cases(), seed=104,
    ),
    Architecture(
        "only_cross_list",
        "only_cross_attention per level, with linear projections",
        dict(
            block_out_channels=(8, 12, 16), attention_head_dim=(2, 3, 4), cross_attention_dim=12,
            norm_num_groups=4, layers_per_block=1, only_cross_attention=(True, False, True),
            use_linear_projection=True,
        ),
        usual_cases(), seed=105, attention=(True, True, True),
    ),
    Architecture(
        "layers_list",
        "layers_per_block [1, 2, 1], transformer_layers_per_block 2, 9 channels in and 4 out, "
        "outer level without attention",
        dict(
            in_channels=9, out_channels=4, block_out_channels=(8, 12, 16), layers_per_block=(1, 2, 1),
            transformer_layers_per_block=2, attention_head_dim=4, cross_attention_dim=16, norm_num_groups=4,
        ),
        usual_cases(), seed=106, dtype="bfloat16", attention=(False, True, True),
    ),
    Architecture(
        "transformer_list",
        "transformer_layers_per_block [1, 2, 3], freq_shift 1, flip_sin_to_cos false, conv_in_kernel 5, "
        "5 channels in and 7 out, downsample_padding 0, norm_eps 0.01, cross_attention_dim as list",
        dict(
            in_channels=5, out_channels=7, block_out_channels=(6, 12, 18), layers_per_block=1,
            transformer_layers_per_block=(1, 2, 3), attention_head_dim=(1, 2, 3), cross_attention_dim=(10, 10, 10),
            norm_num_groups=3, norm_eps=1e-2, freq_shift=1, flip_sin_to_cos=False, conv_in_kernel=5,
            downsample_padding=0,
        ),
        usual_cases(), seed=107, dtype="float16", attention=(True, True, True),
    ),
    Architecture(
        "mid_plain",
        "mid_block_type UNetMidBlock2D: one residual block, no attention; downsample_padding 0",
        dict(
            block_out_channels=(8, 16), attention_head_dim=2, cross_attention_dim=12, norm_num_groups=4,
            layers_per_block=1, mid_block_type="UNetMidBlock2D", downsample_padding=0,
        ),
        usual_cases(), seed=108,
    ),
    Architecture(
        "mid_none",
        "mid_block_type null, attention on the outer level only",
        dict(
            block_out_channels=(8, 16), attention_head_dim=2, cross_attention_dim=12, norm_num_groups=4,
            layers_per_block=1, mid_block_type=None,
        ),
        usual_cases(), seed=109, attention=(True, False),
    ),
    Architecture(
        "scale_shift",
        "resnet_time_scale_shift scale_shift",
        dict(
            block_out_channels=(8, 16), attention_head_dim=2, cross_attention_dim=12, norm_num_groups=4,
            layers_per_block=1, resnet_time_scale_shift="scale_shift",
        ),
        usual_cases(), seed=110, dtype="bfloat16",
    ),
    Architecture(
        "uneven_heads",
        "heads that do not divide the channels: the transformer is narrower than the level (10 channels, 4 heads of 2)",
        dict(
            block_out_channels=(10, 14), attention_head_dim=4, cross_attention_dim=12, norm_num_groups=2,
            layers_per_block=1,
        ),
        usual_cases(), seed=111,
    ),
    Architecture(
        "one_level",
        "a single level: nothing is sampled down or up",
        dict(
            block_out_channels=(12,), attention_head_dim=3, cross_attention_dim=8, norm_num_groups=1,
            layers_per_block=1,
        ),
        usual_cases(), seed=112, attention=(True,),
    ),
    Architecture(
        "time_cond",
        "time_cond_proj_dim 10: a guidance embedding (timestep_cond) beside the timestep",
        dict(
            block_out_channels=(8, 16), attention_head_dim=2, cross_attention_dim=12, norm_num_groups=4,
            layers_per_block=1, time_cond_proj_dim=10,
        ),
        usual_cases(), seed=113, dtype="float16",
    ),
    Architecture(
        "rare_options",
        "conv_out_kernel 5, mid_block_scale_factor 1.5, center_input_sample, time_embedding_dim 20, "
        "reverse_transformer_layers_per_block",
        dict(
            block_out_channels=(8, 16), attention_head_dim=2, cross_attention_dim=12, norm_num_groups=4,
            layers_per_block=1, conv_out_kernel=5, mid_block_scale_factor=1.5, center_input_sample=True,
            time_embedding_dim=20, transformer_layers_per_block=(1, 2), reverse_transformer_layers_per_block=(2, 1),
        ),
        usual_cases(), seed=114, dtype="float16",
    ),
]
