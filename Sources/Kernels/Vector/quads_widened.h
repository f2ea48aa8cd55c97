// Products of quads of 8-bit integers, added to 32-bit sums, as two products of pairs of 16-bit integers: the
// instruction for bytes below VNNI saturates.

typedef int16_t halfwords32 __attribute__((vector_size(64)));

/// The bytes 0 and 2 of each lane, and 1 and 3, as 16-bit integers.
DK_INLINE ints16 even_unsigned(ints16 x) { return x & 0x00ff00ff; }

DK_INLINE ints16 odd_unsigned(ints16 x) { return (ints16)((words16)x >> 8) & 0x00ff00ff; }

DK_INLINE ints16 even_signed(ints16 w) { return (ints16)(((halfwords32)w << 8) >> 8); }

DK_INLINE ints16 odd_signed(ints16 w) { return (ints16)((halfwords32)w >> 8); }

/// sums + Σ of four products of unsigned `x` and signed `w`, lane by lane.
DK_INLINE ints16 add_quad_products(ints16 sums, ints16 x, ints16 w) {
    sums = add_pair_products(sums, even_unsigned(x), even_signed(w));
    return add_pair_products(sums, odd_unsigned(x), odd_signed(w));
}
