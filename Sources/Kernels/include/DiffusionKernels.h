#ifndef DIFFUSION_KERNELS_H
#define DIFFUSION_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// The loops of the engine that are no matrix product, one table of functions per instruction set.
///
/// All tables give the same bytes: every one is compiled from one source with 16-lane vectors, without fused
/// multiply-adds and with one order of summing (only the payload of a NaN may differ). The reference table computes
/// the same functions with the C library in double; the error of each kernel against it is stated beside it, with
/// y the exact result and eps = 2^-24 (half an ulp of one). The processor's rounding mode and its handling of
/// subnormals must be the default ones.
///
/// Unless said otherwise: pointers need no alignment, `out` may be the same pointer as an input but must not overlap
/// one otherwise, counts may be zero, strides are in elements, and nothing is read or written outside of the counted
/// elements (gaps of a stride stay untouched). No function holds state, so all may run on several threads.

#pragma clang assume_nonnull begin

typedef enum dk_path {
    DK_PATH_PORTABLE = 0,
    DK_PATH_AVX2 = 1,
    DK_PATH_AVX512 = 2,
    DK_PATH_AMX = 3,
} dk_path;

typedef struct dk_kernels {
    /// out[i] = a[i] + b[i]. Exact to one rounding.
    void (*add)(float *out, const float *a, const float *b, size_t n);

    /// rows[r][i] += bias[i] for i < n. Exact to one rounding.
    void (*add_row_bias)(float *rows, size_t row_count, size_t row_stride, const float *bias, size_t n);

    /// out[i] = x / (1 + exp(-x)). |error| <= 8 eps |y| + 1e-36.
    void (*silu)(float *out, const float *in, size_t n);

    /// out[i] = x · Φ(x), the form with erf. |error| <= eps (4 min(|x|, 1) + 2 |y|): below 1e-6 · max(1, |x|).
    void (*gelu)(float *out, const float *in, size_t n);

    /// out[i] = x / (1 + exp(-1.702 x)). |error| <= eps (8 + 4 |x|) |y| + 1e-36.
    void (*quick_gelu)(float *out, const float *in, size_t n);

    /// out[i] = x / 2 · (1 + tanh(√(2/π) u)), u = x + 0.044715 x³. |error| <= eps (8 + 12 |u|) |y| + 1e-36.
    void (*gelu_tanh)(float *out, const float *in, size_t n);

    /// out[r][i] = in[r][i] · gelu(in[r][n + i]): rows of 2n in, rows of n out, both dense; diffusers' `GEGLU`.
    /// `out` and `in` must not overlap. The error of gelu times |hidden|, and 2 eps |y|.
    void (*geglu)(float *out, const float *in, size_t row_count, size_t n);

    /// Dense rows of n: out = (in - mean) / √(variance + eps) · gamma + beta, variance over n as in PyTorch.
    /// A null gamma counts as ones, a null beta as zeros. Two passes, mean and then variance, in single precision:
    /// |error| <= eps (12 + n / 32) (|y| + |beta| + |gamma| max|in| / √(variance + eps)). Deviations from the mean
    /// beyond 1e18 overflow when squared.
    void (*layer_norm)(float *out, const float *in, size_t row_count, size_t n, const float *_Nullable gamma,
                       const float *_Nullable beta, float eps);

    /// sums[c] = Σ over pixels of in[pixel][c] (overwrites `sums`). Runs of 8 pixels are summed in single, their sums
    /// in double: |error| <= 8 eps Σ |in|. A block of pixels always gives the same bytes.
    void (*channel_sums)(const float *in, size_t pixel_count, size_t channel_stride, size_t channel_count,
                         double *sums);

    /// sums[c] = Σ over pixels of (in[pixel][c] - mean[c])² (overwrites `sums`), in the same runs:
    /// |error| <= 12 eps · sums[c].
    void (*channel_square_deviations)(const float *in, size_t pixel_count, size_t channel_stride,
                                      size_t channel_count, const float *mean_per_channel, double *sums);

    /// out[pixel][c] = (in[pixel][c] - center[c]) · scale[c] + shift[c], then SiLU where `apply_silu` is not 0.
    /// A null center counts as zeros.
    void (*scale_shift_channels)(float *out, const float *in, size_t pixel_count, size_t out_stride,
                                 size_t in_stride, size_t channel_count, const float *_Nullable center,
                                 const float *scale, const float *shift, int apply_silu);

    /// One tile of the running softmax (the FlashAttention recurrence), in place. For each row:
    ///   m = max(running_max, scale · max(scores)); scores = exp(scale · scores - m);
    ///   correction = exp(running_max - m); running_sum = running_sum · correction + Σ scores; running_max = m.
    /// Start with running_max = -INFINITY and running_sum = 0 (the first correction is 0). A score of -INFINITY is
    /// masked: it gives 0, also in a row that has nothing else. `scale` must be positive. Relative error of one
    /// exponential: eps (8 + 2 |scale · score| + 2 |scale · score - m|); exponentials below 2^-126.5 are 0.
    void (*softmax_tile)(float *scores, size_t row_count, size_t column_count, size_t row_stride, float scale,
                         float *running_max, float *running_sum, float *correction);

    /// rows[r][i] *= factor[r] for i < n. Exact to one rounding.
    void (*scale_rows)(float *rows, size_t row_count, size_t row_stride, size_t n, const float *factor);

    /// out[i] = exp(in[i]), within 2 ulp; 0 below 2^-126.5, infinity above 2^127.5.
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

/// "portable", "avx2", "avx512" or "amx".
const char *dk_path_name(dk_path path);

#pragma clang assume_nonnull end

#endif
