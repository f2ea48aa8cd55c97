// Sixteen lanes: the types and the moves that every vector kernel is written with. Included once per path, inside the
// path's target attribute; the compiler makes four SSE, two AVX2 or one AVX-512 register of each vector.

#ifndef DK_LANES_H
#define DK_LANES_H

#include <stddef.h>
#include <stdint.h>

// A fused multiply-add would round once where the portable path rounds twice: the paths must give the same bytes.
#pragma STDC FP_CONTRACT OFF

// The warning is about passing wide vectors between functions of different targets; these are all inlined.
#pragma clang diagnostic ignored "-Wpsabi"

#define DK_INLINE static inline __attribute__((always_inline))

enum { lane_count = 16, half_count = 8 };

typedef float floats16 __attribute__((vector_size(64)));
typedef int32_t ints16 __attribute__((vector_size(64)));
typedef int32_t ints8 __attribute__((vector_size(32)));
typedef uint32_t words16 __attribute__((vector_size(64)));
typedef double doubles16 __attribute__((vector_size(128)));
typedef uint16_t halves16 __attribute__((vector_size(32)));
typedef uint16_t halves32 __attribute__((vector_size(64)));
typedef uint32_t words32 __attribute__((vector_size(128)));
typedef int16_t signed_halves16 __attribute__((vector_size(32)));
typedef uint8_t bytes16 __attribute__((vector_size(16)));

typedef floats16 unaligned_floats16 __attribute__((aligned(4), may_alias));
typedef ints16 unaligned_ints16 __attribute__((aligned(2), may_alias));
typedef ints8 unaligned_ints8 __attribute__((aligned(2), may_alias));
typedef doubles16 unaligned_doubles16 __attribute__((aligned(8), may_alias));
typedef halves16 unaligned_halves16 __attribute__((aligned(2), may_alias));
typedef signed_halves16 unaligned_signed_halves16 __attribute__((aligned(2), may_alias));
typedef bytes16 unaligned_bytes16 __attribute__((aligned(1), may_alias));

DK_INLINE floats16 splat(float x) { return (floats16){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

DK_INLINE words16 splat_word(uint32_t x) { return (words16){0} + x; }

DK_INLINE floats16 load(const float *p) { return *(const unaligned_floats16 *)p; }

DK_INLINE ints16 load_pairs(const int16_t *p) { return *(const unaligned_ints16 *)p; }

DK_INLINE void store(float *p, floats16 v) { *(unaligned_floats16 *)p = v; }

/// Past the caches, to a place where a whole vector may begin.
DK_INLINE void stream(float *p, floats16 v) { __builtin_nontemporal_store(v, (floats16 *)p); }

/// Orders what was streamed before whatever tells other threads of it.
DK_INLINE void finish_streams(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_sfence();
#endif
}

DK_INLINE ints8 first_half(ints16 v) { return __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7); }

/// The eight lanes, and eight zeros behind them.
DK_INLINE ints16 with_zeros(ints8 v) {
    const ints8 zero = {0};
    return __builtin_shufflevector(v, zero, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/// Lane by lane `mask ? a : b`; the masks are what vector comparisons give (all bits or none).
DK_INLINE floats16 choose(ints16 mask, floats16 a, floats16 b) {
    return (floats16)((mask & (ints16)a) | (~mask & (ints16)b));
}

DK_INLINE words16 choose_words(ints16 mask, words16 a, words16 b) {
    return ((words16)mask & a) | (~(words16)mask & b);
}

/// The larger of the two; `b` where either is NaN, as the x86 instruction has it.
DK_INLINE floats16 larger(floats16 a, floats16 b) { return choose(a > b, a, b); }

/// The smaller of the two; `b` where either is NaN.
DK_INLINE floats16 smaller(floats16 a, floats16 b) { return choose(a < b, a, b); }

DK_INLINE floats16 swap_eights(floats16 v) {
    return __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}

DK_INLINE floats16 swap_fours(floats16 v) {
    return __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
}

DK_INLINE floats16 swap_pairs(floats16 v) {
    return __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}

DK_INLINE floats16 swap_neighbours(floats16 v) {
    return __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
}

/// The sum of the lanes, always by halves: lane i with lane i + 8, then i + 4, i + 2, i + 1.
DK_INLINE float sum_of_lanes(floats16 v) {
    v = v + swap_eights(v);
    v = v + swap_fours(v);
    v = v + swap_pairs(v);
    v = v + swap_neighbours(v);
    return v[0];
}

/// The largest lane; no lane may be NaN.
DK_INLINE float largest_of_lanes(floats16 v) {
    v = larger(v, swap_eights(v));
    v = larger(v, swap_fours(v));
    v = larger(v, swap_pairs(v));
    v = larger(v, swap_neighbours(v));
    return v[0];
}

#endif
