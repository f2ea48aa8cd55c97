#ifndef DIFFUSION_WINOGRAD_H
#define DIFFUSION_WINOGRAD_H

#include "DiffusionKernels.h"

/// The transforms of Winograd's F(4 x 4, 3 x 3) convolution (Lavin and Gray 2015) over channels-last pictures, with
/// the points 0, ±1/√2, ±√2 and ∞: about half the error of the points 0, ±1, ±2, ∞.
///
/// A 3 x 3 convolution of stride 1 becomes 36 products, one per position of the transformed 6 x 6 tile; position
/// 6 i + j. The transforms serve every arithmetic of the product.

#pragma clang assume_nonnull begin

enum {
    /// Products that one convolution becomes.
    dk_winograd_positions = 36,
    /// Pixels of a tile's output per side.
    dk_winograd_tile = 4,
};

/// Where a channels-last picture lies: pixel (y, x) begins at y · row_stride + x · pixel_stride.
typedef struct dk_picture {
    size_t height;
    size_t width;
    size_t channel_count;
    size_t row_stride;
    size_t pixel_stride;
} dk_picture;

typedef struct dk_winograd_kernels {
    /// G g Gᵀ for all channels of one output: weights [channel][3][3] to out[position · position_stride + channel].
    /// |error| <= 16 eps · Σ |G| |g| |Gᵀ|.
    void (*transform_weights)(float *out, size_t position_stride, const float *weights, size_t channel_count);

    /// Bᵀ d B for the tile whose input window begins at (y, x), which may lie outside of the picture: there it is
    /// zero. Writes out[position · position_stride + channel]. |error| <= 16 eps · Σ |Bᵀ| |d| |B|.
    void (*transform_input)(float *out, size_t position_stride, const float *in, dk_picture picture, ptrdiff_t y,
                            ptrdiff_t x);

    /// Aᵀ m A + bias + residual for the tile whose output begins at (y, x); pixels outside of the picture are left
    /// out. `residual` has the layout of `out` and may be `out`. |error| <= 16 eps · (Σ |Aᵀ| |m| |A| + |bias| +
    /// |residual|).
    void (*transform_output)(float *out, dk_picture picture, size_t y, size_t x, const float *products,
                             size_t position_stride, const float *_Nullable bias, const float *_Nullable residual);
} dk_winograd_kernels;

/// The table of a path, or null where this processor lacks it.
const dk_winograd_kernels *_Nullable dk_winograd_kernels_for(dk_path path);

/// The plain twins: the products with the matrices, in double.
const dk_winograd_kernels *dk_winograd_reference_table(void);

#pragma clang assume_nonnull end

#endif
