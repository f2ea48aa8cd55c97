// A function of one vector carried over an array.

DK_INLINE floats16 itself(floats16 x) { return x; }

DK_INLINE void map(float *out, const float *in, size_t n, floats16 (*function)(floats16)) {
    size_t i = 0;
    for (; i + lane_count <= n; i += lane_count) store(out + i, function(load(in + i)));
    if (i < n) store_first(out + i, function(load_first(in + i, n - i, splat(0))), n - i);
}
