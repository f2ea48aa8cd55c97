// exp in single precision, two units in the last place at most.

/// exp(x) = 2^k · exp(r), k = round(x / ln 2), |r| <= ln 2 / 2; the polynomial is the minimax one for the relative
/// error of 1 + r + r² q(r), 3.1e-9 in exact arithmetic. The range is that of k from -126 to 127: below -87.68
/// (2^-126.5) the result is 0, above 88.37 (2^127.5) infinity. A NaN stays NaN.
DK_INLINE floats16 exponential_of(floats16 x) {
    // At the bounds k is -127 and 128, whose factors 2^k are made as 0 and infinity. Both moves keep a NaN.
    floats16 clamped = smaller(splat(88.5f), larger(splat(-87.9f), x));
    // 1.5 · 2^23 + 127 leaves no fraction bits: the sum rounds to an integer, and its low bits are k + 127.
    const floats16 rounder = splat(0x1.8000fep23f);
    floats16 shifted = clamped * splat(0x1.715476p0f) + rounder;
    floats16 k = shifted - rounder;
    // ln 2 in two parts; the first has so few bits that its product with k is exact.
    floats16 r = (clamped - k * splat(0x1.63p-1f)) - k * splat(-0x1.bd0106p-13f);
    floats16 q = splat(0x1.6a23d6p-10f) * r + splat(0x1.123a2p-7f);
    q = q * r + splat(0x1.5558f2p-5f);
    q = q * r + splat(0x1.555492p-3f);
    q = q * r + splat(0x1.fffffcp-2f);
    floats16 power = (q * (r * r) + r) + splat(1);
    return power * (floats16)((words16)shifted << 23);
}

static void exponential(float *out, const float *in, size_t n) { map(out, in, n, exponential_of); }
