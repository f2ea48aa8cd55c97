// The last lanes of a row by AVX's masked moves, which touch no masked byte.

DK_INLINE __m256i mask_of_eight(size_t first, size_t count) {
    __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count - (int)first), lane);
}

DK_INLINE __m256 lower_eight(floats16 v) { return __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7); }

DK_INLINE __m256 upper_eight(floats16 v) { return __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15); }

DK_INLINE __m256 load_masked(const float *p, __m256i mask, __m256 fill) {
    return _mm256_blendv_ps(fill, _mm256_maskload_ps(p, mask), _mm256_castsi256_ps(mask));
}

/// Lanes 0 ..< count from memory, the others from `fill`; 0 < count < 16.
DK_INLINE floats16 load_first(const float *p, size_t count, floats16 fill) {
    __m256 lower = load_masked(p, mask_of_eight(0, count), lower_eight(fill));
    __m256 upper = load_masked(p + 8, mask_of_eight(8, count), upper_eight(fill));
    return __builtin_shufflevector(lower, upper, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/// Writes lanes 0 ..< count; 0 < count < 16.
DK_INLINE void store_first(float *p, floats16 v, size_t count) {
    _mm256_maskstore_ps(p, mask_of_eight(0, count), lower_eight(v));
    _mm256_maskstore_ps(p + 8, mask_of_eight(8, count), upper_eight(v));
}
