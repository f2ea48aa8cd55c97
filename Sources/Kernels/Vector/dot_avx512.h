// Products of pairs of 16-bit integers, added to 32-bit sums: one instruction of AVX512-VNNI.

/// sums + even elements' products + odd elements' products, lane by lane.
DK_INLINE ints16 add_pair_products(ints16 sums, ints16 a, ints16 b) {
    return (ints16)_mm512_dpwssd_epi32((__m512i)sums, (__m512i)a, (__m512i)b);
}

DK_INLINE ints8 add_half_pair_products(ints8 sums, ints8 a, ints8 b) {
    return (ints8)_mm256_dpwssd_epi32((__m256i)sums, (__m256i)a, (__m256i)b);
}

/// What a microkernel keeps in registers: 6 x 64 sums are 24 of AVX-512's 32.
enum { rows_at_once = 6, vectors_at_once = 4 };
