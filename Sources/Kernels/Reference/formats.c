// The plain twins of what changes a format or a layout: values by ldexp and rint, no tricks on bits.

#include "reference.h"

#include <math.h>
#include <string.h>

static float float_of_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint32_t bits_of_float(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float single_of_half(uint16_t half) {
    uint32_t sign = (half >> 15) & 1, exponent = (half >> 10) & 0x1f, fraction = half & 0x3ff;
    if (exponent == 0x1f) {
        uint32_t payload = fraction ? 0x400000 | fraction << 13 : 0;
        return float_of_bits(sign << 31 | 0x7f800000 | payload);
    }
    double magnitude = exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, (int)exponent - 25);
    return (float)(sign ? -magnitude : magnitude);
}

static uint16_t half_of_single(float x) {
    uint16_t sign = signbit(x) ? 0x8000 : 0;
    if (isnan(x)) return sign | 0x7e00 | ((bits_of_float(x) >> 13) & 0x3ff);
    double magnitude = fabs((double)x);
    if (magnitude < 0x1p-14) return sign | (uint16_t)rint(magnitude * 0x1p24);
    if (magnitude >= 65520) return sign | 0x7c00;
    int exponent;
    double significand = rint(frexp(magnitude, &exponent) * 2048);
    // A significand that rounds up to 2048 carries into the exponent by itself.
    return sign | (uint16_t)(((exponent + 13) << 10) + (int)significand);
}

void dk_reference_widen_f16(float *out, const uint16_t *in, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = single_of_half(in[i]);
}

void dk_reference_widen_bf16(float *out, const uint16_t *in, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = float_of_bits((uint32_t)in[i] << 16);
}

void dk_reference_narrow_f16(uint16_t *out, const float *in, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = half_of_single(in[i]);
}

void dk_reference_transpose_nchw_to_nhwc(float *out, const float *in, size_t channels, size_t pixels) {
    for (size_t p = 0; p < pixels; p++) {
        for (size_t c = 0; c < channels; c++) out[p * channels + c] = in[c * pixels + p];
    }
}

void dk_reference_transpose_nhwc_to_nchw(float *out, const float *in, size_t channels, size_t pixels) {
    for (size_t c = 0; c < channels; c++) {
        for (size_t p = 0; p < pixels; p++) out[c * pixels + p] = in[p * channels + c];
    }
}

void dk_reference_rgb_to_bytes(uint8_t *out, const float *in, size_t n) {
    for (size_t i = 0; i < n; i++) {
        float unit = in[i] / 2 + 0.5f;
        unit = isnan(unit) ? 0 : fminf(fmaxf(unit, 0), 1);
        out[i] = (uint8_t)rintf(unit * 255);
    }
}
