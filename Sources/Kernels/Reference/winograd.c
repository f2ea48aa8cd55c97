// The plain twins of Winograd's transforms: the matrices as they stand in the paper's notation, products in double.

#include "reference.h"

#include <math.h>

#define ROOT 1.41421356237309504880 /* √2 */

static const double *input_matrix(size_t i) {
    static const double bt[6][6] = {
        {1, 0, -2.5, 0, 1, 0},
        {0, -ROOT, -2, ROOT / 2, 1, 0},
        {0, ROOT, -2, -ROOT / 2, 1, 0},
        {0, -ROOT / 2, -0.5, ROOT, 1, 0},
        {0, ROOT / 2, -0.5, -ROOT, 1, 0},
        {0, 1, 0, -2.5, 0, 1},
    };
    return bt[i];
}

static const double *weight_matrix(size_t i) {
    static const double g[6][3] = {
        {1, 0, 0},
        {-2 / 3.0, -ROOT / 3, -1 / 3.0},
        {-2 / 3.0, ROOT / 3, -1 / 3.0},
        {1 / 6.0, ROOT / 6, 1 / 3.0},
        {1 / 6.0, -ROOT / 6, 1 / 3.0},
        {0, 0, 1},
    };
    return g[i];
}

static const double *output_matrix(size_t i) {
    static const double at[4][6] = {
        {1, 1, 1, 1, 1, 0},
        {0, ROOT / 2, -ROOT / 2, ROOT, -ROOT, 0},
        {0, 0.5, 0.5, 2, 2, 0},
        {0, ROOT / 4, -ROOT / 4, 2 * ROOT, -2 * ROOT, 1},
    };
    return at[i];
}

/// Row i and row j of a matrix around an n x n square: one element of M s Mᵀ.
static double around(const double *row_i, const double *row_j, const double *square, size_t n) {
    double sum = 0;
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) sum += row_i[a] * square[a * n + b] * row_j[b];
    }
    return sum;
}

static void transform_weights(float *out, size_t position_stride, const float *weights, size_t channel_count) {
    for (size_t c = 0; c < channel_count; c++) {
        double square[9];
        for (size_t i = 0; i < 9; i++) square[i] = weights[9 * c + i];
        for (size_t p = 0; p < dk_winograd_positions; p++) {
            out[p * position_stride + c] = (float)around(weight_matrix(p / 6), weight_matrix(p % 6), square, 3);
        }
    }
}

static double pixel(const float *in, dk_picture picture, ptrdiff_t y, ptrdiff_t x, size_t c) {
    if (y < 0 || y >= (ptrdiff_t)picture.height || x < 0 || x >= (ptrdiff_t)picture.width) return 0;
    return in[(size_t)y * picture.row_stride + (size_t)x * picture.pixel_stride + c];
}

static void transform_input(float *out, size_t position_stride, const float *in, dk_picture picture, ptrdiff_t y,
                            ptrdiff_t x) {
    for (size_t c = 0; c < picture.channel_count; c++) {
        double square[36];
        for (ptrdiff_t i = 0; i < 36; i++) square[i] = pixel(in, picture, y + i / 6, x + i % 6, c);
        for (size_t p = 0; p < dk_winograd_positions; p++) {
            out[p * position_stride + c] = (float)around(input_matrix(p / 6), input_matrix(p % 6), square, 6);
        }
    }
}

static void transform_output(float *out, dk_picture picture, size_t y, size_t x, const float *products,
                             size_t position_stride, const float *bias, const float *residual) {
    for (size_t c = 0; c < picture.channel_count; c++) {
        double square[36];
        for (size_t p = 0; p < 36; p++) square[p] = products[p * position_stride + c];
        for (size_t i = 0; i < 16; i++) {
            if (y + i / 4 >= picture.height || x + i % 4 >= picture.width) continue;
            size_t at = (y + i / 4) * picture.row_stride + (x + i % 4) * picture.pixel_stride + c;
            double sum = around(output_matrix(i / 4), output_matrix(i % 4), square, 6);
            out[at] = (float)(sum + (bias ? bias[c] : 0) + (residual ? residual[at] : 0));
        }
    }
}

const dk_winograd_kernels dk_winograd_reference_kernels = {
    .transform_weights = transform_weights,
    .transform_input = transform_input,
    .transform_output = transform_output,
};
