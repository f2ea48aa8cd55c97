// The 16-bit float formats of checkpoints, by integer arithmetic that is the same on every path.

/// The exponent moves from bias 15 to 127 by an exact multiplication, which also makes subnormals normal.
DK_INLINE floats16 single_of_half(halves16 half) {
    words16 bits = __builtin_convertvector(half, words16), magnitude = bits & 0x7fff;
    words16 finite = (words16)((floats16)(magnitude << 13) * splat(0x1p112f));
    words16 quiet = choose_words(magnitude > splat_word(0x7c00), splat_word(0x400000), splat_word(0));
    words16 special = (magnitude << 13) | 0x7f800000 | quiet;
    words16 result = choose_words(magnitude >= splat_word(0x7c00), special, finite);
    return (floats16)(result | (bits & 0x8000) << 16);
}

DK_INLINE floats16 single_of_brain(halves16 brain) {
    return (floats16)(__builtin_convertvector(brain, words16) << 16);
}

/// To nearest even: by integers where the half is normal, by the rounding of an addition where it is subnormal.
DK_INLINE halves16 half_of_single(floats16 single) {
    words16 bits = (words16)single, magnitude = bits & 0x7fffffff;
    words16 normal = (magnitude - (112u << 23) + 0xfff + ((magnitude >> 13) & 1)) >> 13;
    words16 subnormal = (words16)((floats16)magnitude + splat(0.5f)) - 0x3f000000;
    words16 result = choose_words(magnitude < splat_word(0x38800000), subnormal, normal);
    result = choose_words(magnitude >= splat_word(0x47800000), splat_word(0x7c00), result);
    words16 nan = 0x7e00 | ((magnitude >> 13) & 0x3ff);
    result = choose_words(magnitude > splat_word(0x7f800000), nan, result);
    return __builtin_convertvector(result | (bits >> 16 & 0x8000), halves16);
}

DK_INLINE halves16 load_first_halves(const uint16_t *p, size_t count) {
    halves16 v = {0};
    for (size_t i = 0; i < count; i++) v[i] = p[i];
    return v;
}

DK_INLINE void widen(float *out, const uint16_t *in, size_t n, floats16 (*single_of)(halves16)) {
    size_t i = 0;
    for (; i + lane_count <= n; i += lane_count) store(out + i, single_of(*(const unaligned_halves16 *)(in + i)));
    if (i < n) store_first(out + i, single_of(load_first_halves(in + i, n - i)), n - i);
}

static void widen_f16(float *out, const uint16_t *in, size_t n) { widen(out, in, n, single_of_half); }

static void widen_bf16(float *out, const uint16_t *in, size_t n) { widen(out, in, n, single_of_brain); }

static void narrow_f16(uint16_t *out, const float *in, size_t n) {
    size_t i = 0;
    for (; i + lane_count <= n; i += lane_count) *(unaligned_halves16 *)(out + i) = half_of_single(load(in + i));
    if (i == n) return;
    halves16 last = half_of_single(load_first(in + i, n - i, splat(0)));
    for (size_t k = 0; i + k < n; k++) out[i + k] = last[k];
}
