// Products of pairs of 16-bit integers, added to 32-bit sums: SSE2 is part of every x86-64, elsewhere plain vectors.

#if defined(__SSE2__)

#include <emmintrin.h>

typedef union quarters {
    ints16 whole;
    __m128i parts[4];
} quarters;

/// sums + even elements' products + odd elements' products, lane by lane.
DK_INLINE ints16 add_pair_products(ints16 sums, ints16 a, ints16 b) {
    quarters x = {a}, y = {b}, products;
    for (int i = 0; i < 4; i++) products.parts[i] = _mm_madd_epi16(x.parts[i], y.parts[i]);
    return sums + products.whole;
}

typedef union half_quarters {
    ints8 whole;
    __m128i parts[2];
} half_quarters;

DK_INLINE ints8 add_half_pair_products(ints8 sums, ints8 a, ints8 b) {
    half_quarters x = {a}, y = {b}, products;
    for (int i = 0; i < 2; i++) products.parts[i] = _mm_madd_epi16(x.parts[i], y.parts[i]);
    return sums + products.whole;
}

#else

/// sums + even elements' products + odd elements' products, lane by lane.
DK_INLINE ints16 add_pair_products(ints16 sums, ints16 a, ints16 b) {
    ints16 even = ((a << 16) >> 16) * ((b << 16) >> 16);
    return sums + even + (a >> 16) * (b >> 16);
}

DK_INLINE ints8 add_half_pair_products(ints8 sums, ints8 a, ints8 b) {
    ints8 even = ((a << 16) >> 16) * ((b << 16) >> 16);
    return sums + even + (a >> 16) * (b >> 16);
}

#endif

/// What a microkernel keeps in registers: 2 x 16 sums are 8 of SSE's 16.
enum { rows_at_once = 2, vectors_at_once = 1 };
