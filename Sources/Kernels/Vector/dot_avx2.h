// Products of pairs of 16-bit integers, added to 32-bit sums: AVX2's multiply-add of neighbours, then a sum.

DK_INLINE __m256i lower_half(ints16 v) {
    return (__m256i)__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
}

DK_INLINE __m256i upper_half(ints16 v) {
    return (__m256i)__builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
}

/// sums + even elements' products + odd elements' products, lane by lane.
DK_INLINE ints16 add_pair_products(ints16 sums, ints16 a, ints16 b) {
    ints8 lower = (ints8)_mm256_madd_epi16(lower_half(a), lower_half(b));
    ints8 upper = (ints8)_mm256_madd_epi16(upper_half(a), upper_half(b));
    return sums + __builtin_shufflevector(lower, upper, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

DK_INLINE ints8 add_half_pair_products(ints8 sums, ints8 a, ints8 b) {
    return sums + (ints8)_mm256_madd_epi16((__m256i)a, (__m256i)b);
}

/// What a microkernel keeps in registers: 6 x 16 sums are 12 of AVX's 16.
enum { rows_at_once = 6, vectors_at_once = 1 };
