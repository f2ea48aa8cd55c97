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

/// The upper halves of the products.
DK_INLINE halves32 high_products(halves32 a, halves32 b) {
    words32 products = __builtin_convertvector(a, words32) * __builtin_convertvector(b, words32);
    return __builtin_convertvector(products >> 16, halves32);
}

/// round(16383 · 2^(-y / 4096)) of 16-bit lanes y. The polynomial is the minimax one for the relative error of 2^-f with
/// the value 1 at 0, 0 <= f < 1, in steps of 2^-16: 1.1e-4.
DK_INLINE halves32 falling_power(halves32 y) {
    halves32 f = y << 4, u = (halves32){0} + 15137, v = (halves32){0} + 45319, p = (halves32){0} + 65532;
    p = p - high_products(f, v - high_products(f, u - high_products(f, (halves32){0} + 2587)));
    return ((p >> (y >> 12)) + 2) >> 2;
}

/// What `steps_below` gives for the largest score.
enum { steps_of_none = 0x4b400000 };

/// How far the scores are below the largest, in the low halves: 4096 steps to a factor of 2, 65535 at most.
DK_INLINE words16 steps_below(floats16 scores, floats16 largest, floats16 factor) {
    // 1.5 · 2^23 leaves no fraction bits: the low bits of the sum are the integer's.
    return (words16)(smaller((largest - scores) * factor, splat(65535)) + splat(0x1.8p23f));
}

/// The weights of two vectors of scores beside each other, lane by lane.
DK_INLINE halves32 weights_of(floats16 a, floats16 b, floats16 largest, floats16 factor) {
    return falling_power(joined_halves(steps_below(a, largest, factor), steps_below(b, largest, factor), steps_of_none));
}

/// The sum of all lanes in sixteen.
DK_INLINE words16 paired_sums(halves32 x) { return ((words16)x & 0xffff) + ((words16)x >> 16); }

static int32_t weigh(int16_t *weights, const float *scores, size_t count, float largest, float scale) {
    words16 sum = {0};
    for (size_t i = 0; i < count; i += lane_count) {
        floats16 none = splat(-__builtin_inff());
        floats16 s = count - i < lane_count ? load_first(scores + i, count - i, none) : load(scores + i);
        words16 w = (words16)weights_of(s, none, splat(largest), splat(scale * dk_attention_steps));
        *(unaligned_halves16 *)(weights + i) = __builtin_convertvector(w, halves16);
        sum += w;
    }
    return (int32_t)__builtin_reduce_add(sum);
}
