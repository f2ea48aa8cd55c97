// The plain twins of what works on rows and channels: sums in double, one after the other.

#include "reference.h"

#include <math.h>

void dk_reference_layer_norm(float *out, const float *in, size_t row_count, size_t n, const float *gamma,
                             const float *beta, float eps) {
    for (size_t r = 0; r < row_count; r++, in += n, out += n) {
        double mean = 0, variance = 0;
        for (size_t i = 0; i < n; i++) mean += in[i] / (double)n;
        for (size_t i = 0; i < n; i++) variance += (in[i] - mean) * (in[i] - mean) / (double)n;
        for (size_t i = 0; i < n; i++) {
            double y = (in[i] - mean) / sqrt(variance + eps);
            out[i] = (float)(y * (gamma ? gamma[i] : 1) + (beta ? beta[i] : 0));
        }
    }
}

void dk_reference_channel_sums(const float *in, size_t pixel_count, size_t channel_stride, size_t channel_count,
                               double *sums) {
    for (size_t c = 0; c < channel_count; c++) {
        sums[c] = 0;
        for (size_t p = 0; p < pixel_count; p++) sums[c] += in[p * channel_stride + c];
    }
}

void dk_reference_channel_square_deviations(const float *in, size_t pixel_count, size_t channel_stride,
                                            size_t channel_count, const float *mean_per_channel, double *sums) {
    for (size_t c = 0; c < channel_count; c++) {
        sums[c] = 0;
        for (size_t p = 0; p < pixel_count; p++) {
            double deviation = (double)in[p * channel_stride + c] - mean_per_channel[c];
            sums[c] += deviation * deviation;
        }
    }
}

void dk_reference_scale_shift_channels(float *out, const float *in, size_t pixel_count, size_t out_stride,
                                       size_t in_stride, size_t channel_count, const float *center,
                                       const float *scale, const float *shift, int apply_silu) {
    for (size_t p = 0; p < pixel_count; p++) {
        for (size_t c = 0; c < channel_count; c++) {
            double x = (double)in[p * in_stride + c] - (center ? center[c] : 0);
            double y = x * scale[c] + shift[c];
            out[p * out_stride + c] = (float)(apply_silu ? y / (1 + exp(-y)) : y);
        }
    }
}

static float largest(const float *x, size_t n, float start) {
    for (size_t i = 0; i < n; i++) start = x[i] > start ? x[i] : start;
    return start;
}

static double exponentials(float *x, size_t n, double scale, double shift) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double e = exp(scale * x[i] - shift);
        x[i] = (float)e;
        sum += e;
    }
    return sum;
}

void dk_reference_softmax_tile(float *scores, size_t row_count, size_t column_count, size_t row_stride, float scale,
                               float *running_max, float *running_sum, float *correction) {
    for (size_t r = 0; r < row_count; r++) {
        float *row = scores + r * row_stride;
        float new_max = fmaxf(running_max[r], scale * largest(row, column_count, -INFINITY));
        double shift = new_max == -INFINITY ? 0 : new_max;
        double factor = exp(running_max[r] - shift);
        running_sum[r] = (float)(running_sum[r] * factor + exponentials(row, column_count, scale, shift));
        running_max[r] = new_max;
        correction[r] = (float)factor;
    }
}
