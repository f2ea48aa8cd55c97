#ifndef DIFFUSION_WINOGRAD_WEIGHTS_H
#define DIFFUSION_WINOGRAD_WEIGHTS_H

#include "DiffusionFixedPoint.h"
#include "DiffusionWinograd.h"

/// Winograd's weights for the 16-bit fixed-point product, in two forms:
///
///   compressed   [channel][3 · 3][output] int16 and a scale per output: 2 bytes a weight, as the checkpoint has it
///   expanded     one after another the positions' panels and a scale (of either sign) per position, output and block of channels, as
///                the path's `dk_fixed_kernels.product` wants them: 8 bytes a weight
///
/// A panel has up to 64 outputs, padded to whole vectors of 16. Compressed weights are expanded once, or for every use:
/// that costs about 12 instructions of 16 lanes for each 3 x 3 kernel, and gives the same bytes.

#pragma clang assume_nonnull begin

enum {
    /// Channels of one block at most: a sum in single precision of so many is good enough to choose a scale by.
    dk_winograd_longest_block = 512,
};

/// One panel of compressed weights.
typedef struct dk_winograd_panel {
    /// [channel][3 · 3][output], magnitudes up to 32767; 0 in the outputs that pad the panel.
    const int16_t *weights;
    /// [output]
    const float *weight_scales;
    /// [block of channels][position][output]: what the transformed integers are multiplied with before they are rounded.
    const float *factors;
    size_t channel_count;
    /// Padded: 16, 32, 48 or 64.
    size_t output_count;
    /// Channels that share a scale: whole groups, up to dk_winograd_longest_block.
    size_t block_length;
} dk_winograd_panel;

typedef struct dk_winograd_weight_kernels {
    /// Compresses weights [output][channel][3][3] of up to 64 outputs, `output_stride` apart, to the nearest integers.
    /// Returns the first output that holds a NaN or an infinity, or `output_count`. An output whose largest magnitude is
    /// below 2^-100 counts as zeros and has the scale 0.
    size_t (*compress_panel)(int16_t *compressed, float *weight_scales, const float *weights, size_t output_stride,
                             size_t output_count, size_t channel_count);

    /// Writes the factors of all blocks, each the largest that keeps 8191 · Σ |q| below 2^31 and every |q| within 32767
    /// for the rounded integers q of a block; 0 for zeros.
    void (*find_factors)(float *factors, dk_winograd_panel panel);

    /// Transforms, scales and rounds all channels. Positions lie `position_stride` integers apart, their scales
    /// [block][output] one after another.
    void (*expand_panel)(int16_t *expanded, size_t position_stride, float *scales, dk_winograd_panel panel);
} dk_winograd_weight_kernels;

/// The table of a path, or null where this processor lacks it (AVX-512 needs VNNI too here). The paths give the same
/// integers in the layout of their products.
const dk_winograd_weight_kernels *_Nullable dk_winograd_weight_kernels_for(dk_path path);

#pragma clang assume_nonnull end

#endif
