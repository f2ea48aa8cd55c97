"""The engine's operations with the sizes and parameters that the fixture tries."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class EngineCase:
    """`shapes` are the inputs, by the name under which they are stored; `scale` stretches `x` (or `query`)."""

    name: str
    operation: str
    shapes: dict[str, tuple[int, ...]]
    parameters: dict = field(default_factory=dict)
    scale: float = 1.0
    offset: float = 0.0


def conv(name, x, out, kernel, *, stride=(1, 1), padding=(0, 0, 0, 0), dilation=(1, 1), groups=1, bias=True):
    """Padding is top, bottom, left, right; stride and dilation are vertical, horizontal."""
    shapes = {"x": x, "weight": (out, x[1] // groups, *kernel), **({"bias": (out,)} if bias else {})}
    sides = dict(zip(("top", "bottom", "left", "right"), padding, strict=True))
    parameters = {"stride": list(stride), "padding": sides, "dilation": list(dilation), "groups": groups}
    return EngineCase(f"conv2d_{name}", "conv2d", shapes, parameters)


def attention(name, batch, heads, queries, keys, width, *, causal=False, scale=1.0):
    shapes = {
        "query": (batch, heads, queries, width), "key": (batch, heads, keys, width),
        "value": (batch, heads, keys, width),
    }
    return EngineCase(f"attention_{name}", "attention", shapes, {"causal": causal, "scale": width**-0.5}, scale)


def norm(name, operation, x, parameters, width, **scaling):
    shapes = {"x": x, "weight": (width,), "bias": (width,)}
    return EngineCase(f"{operation}_{name}", operation, shapes, parameters, **scaling)


CONVOLUTIONS = [
    conv("pointwise", (2, 7, 5, 3), 9, (1, 1)),
    conv("pointwise_stride", (1, 6, 7, 9), 5, (1, 1), stride=(2, 3)),
    conv("pointwise_padded", (1, 3, 4, 5), 4, (1, 1), padding=(1, 0, 0, 2)),
    conv("3x3", (2, 5, 9, 11), 6, (3, 3), padding=(1, 1, 1, 1)),
    conv("3x3_no_bias", (1, 17, 6, 7), 19, (3, 3), padding=(1, 1, 1, 1), bias=False),
    conv("3x3_wide", (1, 33, 9, 11), 65, (3, 3), padding=(1, 1, 1, 1)),
    conv("3x3_picture", (1, 3, 41, 37), 4, (3, 3), padding=(1, 1, 1, 1)),
    conv("3x3_one_pixel", (1, 4, 1, 1), 3, (3, 3), padding=(1, 1, 1, 1)),
    conv("3x3_one_row", (2, 4, 1, 13), 3, (3, 3), padding=(1, 1, 1, 1)),
    conv("3x3_down_even", (1, 5, 8, 6), 5, (3, 3), stride=(2, 2), padding=(1, 1, 1, 1)),
    conv("3x3_down_one_sided", (2, 5, 7, 9), 5, (3, 3), stride=(2, 2), padding=(0, 1, 0, 1)),
    conv("5x5", (1, 3, 8, 9), 4, (5, 5), padding=(2, 2, 2, 2)),
    conv("7x7_over_small_picture", (1, 2, 3, 4), 3, (7, 7), padding=(3, 3, 3, 3)),
    conv("4x4_patches", (1, 3, 12, 16), 10, (4, 4), stride=(4, 4)),
    conv("5x2_uneven", (2, 3, 11, 13), 4, (5, 2), stride=(2, 3), padding=(2, 0, 1, 3), dilation=(1, 2)),
    conv("1x7_row", (1, 4, 5, 12), 3, (1, 7), padding=(0, 0, 3, 3)),
    conv("2x2_padding_beyond_kernel", (1, 3, 4, 4), 2, (2, 2), stride=(3, 3), padding=(4, 3, 5, 2)),
    conv("3x3_dilated", (1, 3, 12, 10), 4, (3, 3), padding=(3, 3, 2, 2), dilation=(3, 2)),
    conv("3x3_groups", (2, 12, 6, 5), 9, (3, 3), padding=(1, 1, 1, 1), groups=3),
    conv("3x3_depthwise", (1, 10, 7, 8), 10, (3, 3), padding=(1, 1, 1, 1), groups=10),
    conv("3x3_depthwise_doubling", (1, 5, 7, 8), 10, (3, 3), stride=(2, 1), padding=(1, 1, 1, 1), groups=5),
    conv("1x1_groups", (1, 8, 3, 3), 6, (1, 1), groups=2),
    conv("3x3_groups_dilated_stride", (1, 6, 13, 11), 4, (3, 3), stride=(2, 2), padding=(2, 1, 0, 3),
         dilation=(2, 2), groups=2),
]

LINEARS = [
    EngineCase("linear", "linear", {"x": (2, 13, 19), "weight": (31, 19), "bias": (31,)}),
    EngineCase("linear_no_bias", "linear", {"x": (5, 8), "weight": (1, 8)}),
    EngineCase("linear_one_input", "linear", {"x": (1, 3, 1), "weight": (7, 1), "bias": (7,)}),
]

NORMS = [
    norm("even", "group_norm", (2, 8, 5, 3), {"groups": 4, "eps": 1e-5}, 8),
    norm("odd", "group_norm", (1, 21, 7, 9), {"groups": 3, "eps": 1e-6}, 21),
    norm("one_group", "group_norm", (1, 5, 4, 4), {"groups": 1, "eps": 1e-5}, 5),
    norm("group_per_channel", "group_norm", (2, 6, 3, 5), {"groups": 6, "eps": 1e-3}, 6),
    norm("one_value_per_group", "group_norm", (2, 6, 1, 1), {"groups": 6, "eps": 1e-5}, 6),
    norm("large_mean", "group_norm", (1, 12, 9, 11), {"groups": 3, "eps": 1e-5}, 12, offset=300.0),
    norm("tiny_values", "group_norm", (1, 8, 6, 6), {"groups": 2, "eps": 1e-5}, 8, scale=1e-4),
    norm("even", "layer_norm", (2, 7, 16), {"eps": 1e-5}, 16),
    norm("odd", "layer_norm", (1, 5, 43), {"eps": 1e-5}, 43),
    norm("one_value", "layer_norm", (3, 1), {"eps": 1e-5}, 1),
    norm("large_mean", "layer_norm", (4, 40), {"eps": 1e-5}, 40, offset=-500.0),
    norm("tiny_values", "layer_norm", (2, 24), {"eps": 1e-2}, 24, scale=1e-3),
]

ACTIVATION_NAMES = ("silu", "gelu", "quick_gelu")
ACTIVATIONS = [
    EngineCase(f"{name}_{values}", name, {}, {"values": values})
    for name in ACTIVATION_NAMES for values in ("usual", "extreme")
]

GATES = [
    EngineCase("geglu", "geglu", {"x": (2, 5, 26)}, scale=3.0),
    EngineCase("geglu_single", "geglu", {"x": (1, 1, 2)}),
]

ATTENTIONS = [
    attention("self", 2, 3, 35, 35, 8),
    attention("cross", 2, 2, 20, 77, 5),
    attention("one_key", 1, 2, 6, 1, 4),
    attention("one_query", 1, 2, 1, 50, 7),
    attention("many_keys", 1, 1, 9, 701, 16),
    attention("wide_head", 1, 1, 12, 19, 160),
    attention("narrow_head", 1, 5, 11, 13, 1),
    attention("peaked", 1, 2, 17, 300, 8, scale=40.0),
    attention("causal", 2, 2, 19, 19, 6, causal=True),
    attention("causal_long", 1, 1, 150, 150, 8, causal=True, scale=10.0),
]


def upsample(name, x, size):
    return EngineCase(f"nearest_{name}", "nearest_upsample", {"x": x}, {"height": size[0], "width": size[1]})


UPSAMPLINGS = [
    upsample("twice", (2, 3, 4, 5), (8, 10)),
    upsample("to_odd_skip", (1, 4, 7, 10), (13, 19)),
    upsample("beyond_twice", (1, 2, 6, 9), (13, 19)),
    upsample("from_one_pixel", (1, 3, 1, 1), (4, 3)),
    upsample("same_size", (1, 2, 5, 4), (5, 4)),
    upsample("any_ratio", (1, 2, 5, 7), (17, 16)),
    upsample("smaller", (1, 2, 9, 8), (4, 5)),
    # Here torch's single-precision ratio picks another source pixel than exact division would.
    upsample("single_precision_ratio", (1, 1, 2, 2), (82, 94)),
]


def embedding(name, width, flip, shift):
    parameters = {"width": width, "flipSinToCos": flip, "frequencyShift": shift}
    return EngineCase(f"timestep_embedding_{name}", "timestep_embedding", {}, parameters)


EMBEDDINGS = [
    embedding("sd", 32, True, 0), embedding("ddpm", 16, False, 1), embedding("odd_width", 15, True, 0),
    embedding("narrow", 6, False, 0),
]

CASES = [
    *CONVOLUTIONS, *LINEARS, *NORMS, *ACTIVATIONS, *GATES, *ATTENTIONS, *UPSAMPLINGS, *EMBEDDINGS,
]
