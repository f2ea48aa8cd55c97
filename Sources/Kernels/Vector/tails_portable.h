// The last lanes of a row, element by element: never a byte beyond `count` is read or written.

/// Lanes 0 ..< count from memory, the others from `fill`; 0 < count < 16.
DK_INLINE floats16 load_first(const float *p, size_t count, floats16 fill) {
    float lanes[lane_count];
    store(lanes, fill);
    for (size_t i = 0; i < count; i++) lanes[i] = p[i];
    return load(lanes);
}

/// Writes lanes 0 ..< count; 0 < count < 16.
DK_INLINE void store_first(float *p, floats16 v, size_t count) {
    float lanes[lane_count];
    store(lanes, v);
    for (size_t i = 0; i < count; i++) p[i] = lanes[i];
}
