// Products of a few rows with a few vectors of packed columns, pair by pair, in as many sums as the registers hold.

enum { vectors_per_panel = dk_fixed_panel_width / lane_count };

typedef ints16 pair_sums[rows_at_once][vectors_per_panel];

DK_INLINE ints16 splat_pair(const int16_t *p) {
    uint32_t pair;
    __builtin_memcpy(&pair, p, 4);
    return (ints16)splat_word(pair);
}

/// sums[r][v] = Σ over `pair_count` pairs from `first` on of rows[r], and from `columns` on of `vectors` (a constant)
/// vectors of columns. `pitch` int16 lie between two pairs of the columns.
DK_INLINE void sum_pairs(pair_sums sums, const int16_t *const rows[rows_at_once], size_t first, size_t pair_count,
                         const int16_t *columns, size_t pitch, int vectors) {
    for (int r = 0; r < rows_at_once; r++) {
        for (int v = 0; v < vectors; v++) sums[r][v] = (ints16){0};
    }
    for (size_t p = 0; p < pair_count; p++) {
        ints16 w[vectors_per_panel];
        for (int v = 0; v < vectors; v++) w[v] = load_pairs(columns + p * pitch + v * 2 * lane_count);
        for (int r = 0; r < rows_at_once; r++) {
            ints16 x = splat_pair(rows[r] + 2 * (first + p));
            for (int v = 0; v < vectors; v++) sums[r][v] = add_pair_products(sums[r][v], x, w[v]);
        }
    }
}

/// As above; and half_sums[r] of the first eight columns of the vector behind the `vectors` (a constant below
/// vectors_at_once), where no more are wanted.
DK_INLINE void sum_pairs_and_half(pair_sums sums, ints8 half_sums[rows_at_once],
                                  const int16_t *const rows[rows_at_once], size_t pair_count, const int16_t *columns,
                                  size_t pitch, int vectors) {
    for (int r = 0; r < rows_at_once; r++) {
        half_sums[r] = (ints8){0};
        for (int v = 0; v < vectors; v++) sums[r][v] = (ints16){0};
    }
    for (size_t p = 0; p < pair_count; p++) {
        ints16 w[vectors_per_panel];
        for (int v = 0; v < vectors; v++) w[v] = load_pairs(columns + p * pitch + v * 2 * lane_count);
        ints8 half = *(const unaligned_ints8 *)(columns + p * pitch + vectors * 2 * lane_count);
        for (int r = 0; r < rows_at_once; r++) {
            ints16 x = splat_pair(rows[r] + 2 * p);
            for (int v = 0; v < vectors; v++) sums[r][v] = add_pair_products(sums[r][v], x, w[v]);
            half_sums[r] = add_half_pair_products(half_sums[r], first_half(x), half);
        }
    }
}

/// Rows from the first on, `stride` apart; where fewer than the registers hold are left the last one stands in.
DK_INLINE void point_to_rows(const int16_t *pointers[rows_at_once], const int16_t *rows, size_t stride, size_t count) {
    for (size_t r = 0; r < rows_at_once; r++) pointers[r] = rows + (r < count ? r : count - 1) * stride;
}
