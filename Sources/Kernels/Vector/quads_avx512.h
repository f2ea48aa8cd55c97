// Products of quads of 8-bit integers, added to 32-bit sums: one instruction of AVX512-VNNI, which wraps and never
// saturates.

/// sums + Σ of four products of unsigned `x` and signed `w`, lane by lane.
DK_INLINE ints16 add_quad_products(ints16 sums, ints16 x, ints16 w) {
    return (ints16)_mm512_dpbusd_epi32((__m512i)sums, (__m512i)x, (__m512i)w);
}

/// What a microkernel keeps in registers: 6 x 64 sums are 24 of AVX-512's 32.
enum { rows_at_once = 6, vectors_at_once = 4 };
