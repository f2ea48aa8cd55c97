// What the transforms of weights share, whatever becomes of them.

#define DK_ROOT 0x1.6a09e6p0f /* √2 */

/// G of three values that lie `step` vectors apart, to six that do.
DK_INLINE void weight_points(floats16 *u, const floats16 *g, size_t step) {
    floats16 g0 = g[0], g1 = g[step], g2 = g[2 * step];
    floats16 even1 = g0 * (-2 / 3.0f) - g2 * (1 / 3.0f), odd1 = g1 * (DK_ROOT / 3);
    floats16 even2 = g0 * (1 / 6.0f) + g2 * (1 / 3.0f), odd2 = g1 * (DK_ROOT / 6);
    u[0] = g0;
    u[step] = even1 - odd1;
    u[2 * step] = even1 + odd1;
    u[3 * step] = even2 + odd2;
    u[4 * step] = even2 - odd2;
    u[5 * step] = g2;
}

/// G g Gᵀ of nine values: position 6 i + j.
DK_INLINE void weight_positions(floats16 *out, const floats16 g[9]) {
    floats16 columns[18];
    for (size_t j = 0; j < 3; j++) weight_points(columns + j, g + j, 3);
    for (size_t i = 0; i < 6; i++) weight_points(out + 6 * i, columns + 3 * i, 1);
}
