// The last lanes of a row by AVX-512's masked moves, which touch no masked byte.

DK_INLINE __mmask16 mask_of_first(size_t count) { return (__mmask16)((1u << count) - 1); }

/// Lanes 0 ..< count from memory, the others from `fill`; 0 < count < 16.
DK_INLINE floats16 load_first(const float *p, size_t count, floats16 fill) {
    return (floats16)_mm512_mask_loadu_ps((__m512)fill, mask_of_first(count), p);
}

/// Writes lanes 0 ..< count; 0 < count < 16.
DK_INLINE void store_first(float *p, floats16 v, size_t count) {
    _mm512_mask_storeu_ps(p, mask_of_first(count), (__m512)v);
}
