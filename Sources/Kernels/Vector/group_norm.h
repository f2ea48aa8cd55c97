// The parts of group normalisation over channels-last pictures: sums per channel over a block of pixels, and the
// affine map that the finished statistics amount to.

/// Pixels that are summed in single before the sum is widened to double.
enum { run_length = 8 };

DK_INLINE floats16 sum_of_run(const float *in, size_t pixel_count, size_t stride, floats16 mean, term_of_sum *term) {
    floats16 sum = term(load(in), mean);
    for (size_t p = 1; p < pixel_count; p++) sum += term(load(in + p * stride), mean);
    return sum;
}

DK_INLINE void add_last_channels(const float *in, size_t pixel_count, size_t stride, size_t count, const float *mean,
                                 double *sums, term_of_sum *term) {
    floats16 zero = splat(0), last_mean = mean ? load_first(mean, count, zero) : zero, sum = zero;
    for (size_t p = 0; p < pixel_count; p++) {
        floats16 terms = term(load_first(in + p * stride, count, zero), last_mean);
        sum = p == 0 ? terms : sum + terms;
    }
    for (size_t c = 0; c < count; c++) sums[c] += (double)sum[c];
}

/// Adds one run of pixels to the sums of all channels.
DK_INLINE void add_run(const float *in, size_t pixel_count, size_t stride, size_t channel_count, const float *mean,
                       double *sums, term_of_sum *term) {
    size_t c = 0;
    for (; c + lane_count <= channel_count; c += lane_count) {
        floats16 sum = sum_of_run(in + c, pixel_count, stride, mean ? load(mean + c) : splat(0), term);
        unaligned_doubles16 *total = (unaligned_doubles16 *)(sums + c);
        *total += __builtin_convertvector(sum, doubles16);
    }
    if (c < channel_count) {
        add_last_channels(in + c, pixel_count, stride, channel_count - c, mean ? mean + c : NULL, sums + c, term);
    }
}

DK_INLINE void sum_channels(const float *in, size_t pixel_count, size_t stride, size_t channel_count,
                            const float *mean, double *sums, term_of_sum *term) {
    for (size_t c = 0; c < channel_count; c++) sums[c] = 0;
    size_t p = 0;
    for (; p + run_length <= pixel_count; p += run_length) {
        add_run(in + p * stride, run_length, stride, channel_count, mean, sums, term);
    }
    if (p < pixel_count) add_run(in + p * stride, pixel_count - p, stride, channel_count, mean, sums, term);
}

static void channel_sums(const float *in, size_t pixel_count, size_t channel_stride, size_t channel_count,
                         double *sums) {
    sum_channels(in, pixel_count, channel_stride, channel_count, NULL, sums, value_itself);
}

static void channel_square_deviations(const float *in, size_t pixel_count, size_t channel_stride,
                                      size_t channel_count, const float *mean_per_channel, double *sums) {
    sum_channels(in, pixel_count, channel_stride, channel_count, mean_per_channel, sums, square_deviation);
}

DK_INLINE void scale_shift_pixel(float *out, const float *in, size_t n, const float *center, const float *scale,
                                 const float *shift, floats16 (*function)(floats16)) {
    size_t c = 0;
    for (; c + lane_count <= n; c += lane_count) {
        floats16 x = center ? load(in + c) - load(center + c) : load(in + c);
        store(out + c, function(x * load(scale + c) + load(shift + c)));
    }
    if (c < n) {
        floats16 zero = splat(0), x = load_first(in + c, n - c, zero);
        if (center) x -= load_first(center + c, n - c, zero);
        x = x * load_first(scale + c, n - c, zero) + load_first(shift + c, n - c, zero);
        store_first(out + c, function(x), n - c);
    }
}

static void scale_shift_channels(float *out, const float *in, size_t pixel_count, size_t out_stride,
                                 size_t in_stride, size_t channel_count, const float *center, const float *scale,
                                 const float *shift, int apply_silu) {
    for (size_t p = 0; p < pixel_count; p++, out += out_stride, in += in_stride) {
        if (apply_silu) {
            scale_shift_pixel(out, in, channel_count, center, scale, shift, silu_of);
        } else {
            scale_shift_pixel(out, in, channel_count, center, scale, shift, itself);
        }
    }
}
