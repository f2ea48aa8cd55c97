// What a product adds to its sums, and where they go.

/// What is added to a product, from one row and output on.
typedef struct product_addends {
    const float *bias;
    const float *matrix;
    size_t stride;
} product_addends;

/// Asks for the lines of memory that results go to: they come while the sums are computed.
DK_INLINE void prefetch_outputs(const float *out, size_t out_stride, size_t row_count, size_t output_count,
                                product_addends addends) {
    for (size_t r = 0; r < row_count; r++) {
        for (size_t k = 0; k < output_count; k += lane_count) {
            __builtin_prefetch(out + r * out_stride + k, 1);
            if (addends.matrix) __builtin_prefetch(addends.matrix + r * addends.stride + k, 0);
        }
    }
}
