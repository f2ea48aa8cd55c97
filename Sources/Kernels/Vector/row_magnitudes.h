// The largest magnitude of a row, as the bits of a float: its scale, and whether all of it is finite.

enum { bits_of_infinity = 0x7f800000, bits_of_smallest_scale = 0x0d800000 /* 2^-100 */ };

DK_INLINE ints16 larger_integers(ints16 a, ints16 b) { return (ints16)choose_words(a > b, (words16)a, (words16)b); }

DK_INLINE ints16 magnitude_bits(floats16 x) { return (ints16)x & 0x7fffffff; }

/// The largest magnitude's bits: ordered like the numbers, infinity and the NaNs above all others.
DK_INLINE uint32_t largest_magnitude_bits(const float *x, size_t n) {
    ints16 m0 = {0}, m1 = {0};
    size_t i = 0;
    for (; i + 2 * lane_count <= n; i += 2 * lane_count) {
        m0 = larger_integers(m0, magnitude_bits(load(x + i)));
        m1 = larger_integers(m1, magnitude_bits(load(x + i + lane_count)));
    }
    for (; i + lane_count <= n; i += lane_count) m0 = larger_integers(m0, magnitude_bits(load(x + i)));
    if (i < n) m1 = larger_integers(m1, magnitude_bits(load_first(x + i, n - i, splat(0))));
    return (uint32_t)__builtin_reduce_max(larger_integers(m0, m1));
}

DK_INLINE float float_of_bits(uint32_t bits) { return ((floats16)splat_word(bits))[0]; }
