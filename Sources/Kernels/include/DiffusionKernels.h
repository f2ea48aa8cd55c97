#ifndef DIFFUSION_KERNELS_H
#define DIFFUSION_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// The loops of the engine that are no matrix product, one table of functions per instruction set.
///
/// All three tables give the same bytes: every one is compiled from one source with 16-lane vectors, without fused
/// multiply-adds and with one order of summing. The reference table computes the same functions with the C library
/// in double; the error of each kernel against it is stated beside it, with eps = 2^-24 (half an ulp of one).
///
/// Unless said otherwise: pointers need no alignment, `out` may be the same pointer as an input but must not overlap
/// one otherwise, counts may be zero, strides are in elements, and nothing is read or written outside of the counted
/// elements (gaps of a stride stay untouched). No function holds state, so all may run on several threads.

#pragma clang assume_nonnull begin

typedef enum dk_path {
    DK_PATH_PORTABLE = 0,
    DK_PATH_AVX2 = 1,
    DK_PATH_AVX512 = 2,
} dk_path;

typedef struct dk_kernels {
    /// out[i] = a[i] + b[i]. Exact to one rounding.
    void (*add)(float *out, const float *a, const float *b, size_t n);

    /// rows[r][i] += bias[i] for i < n. Exact to one rounding.
    void (*add_row_bias)(float *rows, size_t row_count, size_t row_stride, const float *bias, size_t n);

    /// out[i] = x / (1 + exp(-x)).
    void (*silu)(float *out, const float *in, size_t n);

    /// out[i] = x · Φ(x), the form with erf.
    void (*gelu)(float *out, const float *in, size_t n);

    /// out[i] = x / (1 + exp(-1.702 x)).
    void (*quick_gelu)(float *out, const float *in, size_t n);

    /// out[i] = x / 2 · (1 + tanh(√(2/π) (x + 0.044715 x³))).
    void (*gelu_tanh)(float *out, const float *in, size_t n);

    /// out[r][i] = in[r][i] · gelu(in[r][n + i]): rows of 2n in, rows of n out, both dense; diffusers' `GEGLU`.
    /// `out` and `in` must not overlap.
    void (*geglu)(float *out, const float *in, size_t row_count, size_t n);

    /// Dense rows of n: out = (in - mean) / √(variance + eps) · gamma + beta, variance over n as in PyTorch.
    /// A null gamma counts as ones, a null beta as zeros.
    void (*layer_norm)(float *out, const float *in, size_t row_count, size_t n, const float *_Nullable gamma,
                       const float *_Nullable beta, float eps);

    /// sums[c] = Σ over pixels of in[pixel][c] (overwrites `sums`).
    void (*channel_sums)(const float *in, size_t pixel_count, size_t channel_stride, size_t channel_count,
                         double *sums);

    /// sums[c] = Σ over pixels of (in[pixel][c] - mean[c])² (overwrites `sums`).
    void (*channel_square_deviations)(const float *in, size_t pixel_count, size_t channel_stride,
                                      size_t channel_count, const float *mean_per_channel, double *sums);

    /// out[pixel][c] = in[pixel][c] · scale[c] + shift[c], then SiLU where `apply_silu` is not 0.
    void (*scale_shift_channels)(float *out, const float *in, size_t pixel_count, size_t out_stride,
                                 size_t in_stride, size_t channel_count, const float *scale, const float *shift,
                                 int apply_silu);

    /// One tile of the running softmax (the FlashAttention recurrence), in place. For each row:
    ///   m = max(running_max, scale · max(scores)); scores = exp(scale · scores - m);
    ///   correction = exp(running_max - m); running_sum = running_sum · correction + Σ scores; running_max = m.
    /// Start with running_max = -INFINITY and running_sum = 0 (the first correction is 0). A score of -INFINITY is
    /// masked: it gives 0, also in a row that has nothing else. `scale` must be positive.
    void (*softmax_tile)(float *scores, size_t row_count, size_t column_count, size_t row_stride, float scale,
                         float *running_max, float *running_sum, float *correction);

    /// rows[r][i] *= factor[r] for i < n. Exact to one rounding.
    void (*scale_rows)(float *rows, size_t row_count, size_t row_stride, size_t n, const float *factor);

    /// out[i] = exp(in[i]).
    void (*exponential)(float *out, const float *in, size_t n);

    /// IEEE half to single: exact, signalling NaNs become quiet ones. No overlap.
    void (*widen_f16)(float *out, const uint16_t *in, size_t n);

    /// bfloat16 to single: exact, the bits move. No overlap.
    void (*widen_bf16)(float *out, const uint16_t *in, size_t n);

    /// Single to IEEE half, to nearest even; overflow gives infinity, a NaN keeps sign and upper payload. No overlap.
    void (*narrow_f16)(uint16_t *out, const float *in, size_t n);

    /// The index of the first NaN or infinity, or n.
    size_t (*find_non_finite)(const float *in, size_t n);

    /// [channels][pixels] to [pixels][channels]. No overlap.
    void (*transpose_nchw_to_nhwc)(float *out, const float *in, size_t channels, size_t pixels);

    /// [pixels][channels] to [channels][pixels]. No overlap.
    void (*transpose_nhwc_to_nchw)(float *out, const float *in, size_t channels, size_t pixels);

    /// Pictures in -1…1 to bytes: round(clamp(x / 2 + 0.5, 0, 1) · 255), half to even, as diffusers'
    /// `VaeImageProcessor` does with torch and NumPy. A NaN gives 0. `n` counts values, not pixels.
    void (*rgb_to_bytes)(uint8_t *out, const float *in, size_t n);
} dk_kernels;

/// The table of a path, or null where this processor (or this build) lacks it.
const dk_kernels *_Nullable dk_kernels_for(dk_path path);

/// The plain twins: one element at a time, the C library's functions, sums in double.
const dk_kernels *dk_reference_table(void);

/// The widest path that this processor has.
dk_path dk_best_path(void);

/// "portable", "avx2" or "avx512".
const char *dk_path_name(dk_path path);

#pragma clang assume_nonnull end

#endif
