// The table of the plain twins.

#include "reference.h"

const dk_kernels dk_reference_kernels = {
    .add = dk_reference_add,
    .add_row_bias = dk_reference_add_row_bias,
    .silu = dk_reference_silu,
    .gelu = dk_reference_gelu,
    .quick_gelu = dk_reference_quick_gelu,
    .gelu_tanh = dk_reference_gelu_tanh,
    .geglu = dk_reference_geglu,
    .layer_norm = dk_reference_layer_norm,
    .channel_sums = dk_reference_channel_sums,
    .channel_square_deviations = dk_reference_channel_square_deviations,
    .scale_shift_channels = dk_reference_scale_shift_channels,
    .softmax_tile = dk_reference_softmax_tile,
    .scale_rows = dk_reference_scale_rows,
    .exponential = dk_reference_exponential,
    .widen_f16 = dk_reference_widen_f16,
    .widen_bf16 = dk_reference_widen_bf16,
    .narrow_f16 = dk_reference_narrow_f16,
    .find_non_finite = dk_reference_find_non_finite,
    .transpose_nchw_to_nhwc = dk_reference_transpose_nchw_to_nhwc,
    .transpose_nhwc_to_nchw = dk_reference_transpose_nhwc_to_nchw,
    .rgb_to_bytes = dk_reference_rgb_to_bytes,
};
