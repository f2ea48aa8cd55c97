// exp in single precision, two units in the last place at most.

/// exp(x) = 2^k · exp(r), k = round(x / ln 2), |r| <= ln 2 / 2; the polynomial is the minimax one for the relative
/// error of 1 + r + r² q(r), 3.1e-9 in exact arithmetic. Below ln 2^-126 the result is 0 (no subnormals), above
/// ln 2^128 infinity; a NaN stays NaN.
DK_INLINE floats16 exponential_of(floats16 x) {
    const floats16 lowest = splat(-0x1.5d589ep6f), highest = splat(0x1.62e42ep6f);
    // larger() and smaller() give their second argument for a NaN.
    floats16 clamped = smaller(highest, larger(lowest, x));
    // Adding 1.5 · 2^23 rounds to an integer, which then stands in the low bits.
    floats16 shifted = clamped * splat(0x1.715476p0f) + splat(0x1.8p23f);
    floats16 k = shifted - splat(0x1.8p23f);
    // ln 2 in two parts; the first has so few bits that its product with k is exact.
    floats16 r = (clamped - k * splat(0x1.63p-1f)) - k * splat(-0x1.bd0106p-13f);
    floats16 q = splat(0x1.6a23d6p-10f) * r + splat(0x1.123a2p-7f);
    q = q * r + splat(0x1.5558f2p-5f);
    q = q * r + splat(0x1.555492p-3f);
    q = q * r + splat(0x1.fffffcp-2f);
    floats16 power = (q * (r * r) + r) + splat(1);
    floats16 result = (floats16)((words16)power + ((words16)shifted << 23));
    result = choose(x < lowest, splat(0), result);
    return choose(x > highest, splat(__builtin_inff()), result);
}

static void exponential(float *out, const float *in, size_t n) { map(out, in, n, exponential_of); }
