// A square of sixteen vectors, rows to columns, by exchanges of ever smaller blocks.

DK_INLINE void exchange_eights(words16 *a, words16 *b) {
    words16 x = *a, y = *b;
    *a = __builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    *b = __builtin_shufflevector(x, y, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}

DK_INLINE void exchange_fours(words16 *a, words16 *b) {
    words16 x = *a, y = *b;
    *a = __builtin_shufflevector(x, y, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    *b = __builtin_shufflevector(x, y, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
}

DK_INLINE void exchange_pairs(words16 *a, words16 *b) {
    words16 x = *a, y = *b;
    *a = __builtin_shufflevector(x, y, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    *b = __builtin_shufflevector(x, y, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}

DK_INLINE void exchange_neighbours(words16 *a, words16 *b) {
    words16 x = *a, y = *b;
    *a = __builtin_shufflevector(x, y, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
    *b = __builtin_shufflevector(x, y, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
}

/// Exchanges blocks of `distance` lanes between the vectors that lie as far apart.
DK_INLINE void exchange_all(words16 m[lane_count], int distance, void (*exchange)(words16 *, words16 *)) {
    for (int i = 0; i < lane_count; i++) {
        if ((i & distance) == 0) exchange(&m[i], &m[i + distance]);
    }
}

/// m[i][j] becomes m[j][i].
DK_INLINE void transpose_lanes(words16 m[lane_count]) {
    exchange_all(m, 8, exchange_eights);
    exchange_all(m, 4, exchange_fours);
    exchange_all(m, 2, exchange_pairs);
    exchange_all(m, 1, exchange_neighbours);
}

/// Joins the lanes of vectors i and i + `count`, so that both have half as many, beside each other in vector i.
DK_INLINE void halve_lanes(words16 *m, int count, void (*exchange)(words16 *, words16 *)) {
    for (int i = 0; i < count; i++) {
        exchange(&m[i], &m[i + count]);
        m[i] = (words16)larger((floats16)m[i], (floats16)m[i + count]);
    }
}

/// Lane i is the largest float of vector i. No lane may be NaN; the vectors are used up.
DK_INLINE floats16 largest_of_each(words16 m[lane_count]) {
    halve_lanes(m, 8, exchange_eights);
    halve_lanes(m, 4, exchange_fours);
    halve_lanes(m, 2, exchange_pairs);
    halve_lanes(m, 1, exchange_neighbours);
    return (floats16)m[0];
}
