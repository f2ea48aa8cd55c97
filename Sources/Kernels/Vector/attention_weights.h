// From scores to 16-bit weights of a softmax.

/// factor · 2^x for x <= 0, at least 2^-30; the polynomial is the minimax one for the relative error of 2^f with the
/// value 1 at 0, |f| <= 1/2: 2.9e-6, and no result is above the factor.
DK_INLINE floats16 scaled_power(floats16 x, float factor) {
    // 1.5 · 2^23 leaves no fraction bits: the sum rounds to an integer, and its low bits are that integer's.
    const floats16 rounder = splat(0x1.8p23f);
    floats16 bounded = larger(x, splat(-30)), shifted = bounded + rounder;
    floats16 f = bounded - (shifted - rounder);
    floats16 q = splat(factor * 0x1.39f3a6p-7f) * f + splat(factor * 0x1.c9fb52p-5f);
    q = q * f + splat(factor * 0x1.ec03b6p-3f);
    q = q * f + splat(factor * 0x1.62e132p-1f);
    q = q * f + splat(factor);
    return (floats16)((words16)q + ((words16)shifted << 23));
}

/// The weights' integers in the low halves, the upper halves being `rounder_bits`'.
DK_INLINE words16 weights_of(floats16 scores, floats16 largest, floats16 scale) {
    return (words16)(scaled_power((scores - largest) * scale, dk_attention_weight_limit) + splat(0x1.8p23f));
}

enum { rounder_bits = 0x4b400000 };

/// All ones in the first `count` lanes.
DK_INLINE ints16 first_lanes(size_t count) {
    const ints16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return lane < (int32_t)count;
}

static int32_t weigh(int16_t *weights, const float *scores, size_t count, float largest, float scale) {
    words16 sum = {0};
    for (size_t i = 0; i < count; i += lane_count) {
        floats16 s = count - i < lane_count ? load_first(scores + i, count - i, splat(-__builtin_inff()))
                                            : load(scores + i);
        words16 w = weights_of(s, splat(largest), splat(scale));
        *(unaligned_halves16 *)(weights + i) = __builtin_convertvector(w, halves16);
        sum += w & 0xffff;
    }
    return (int32_t)__builtin_reduce_add(sum);
}
