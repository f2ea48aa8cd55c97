// The 8-bit kernels for x86 with AVX2.

#include "tables.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define DK_INT8_TABLE dk_int8_avx2_table

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

#include "Vector/lanes.h"
#include "Vector/tails_avx2.h"
#include "Vector/dot_avx2.h"
#include "Vector/quads_widened.h"
#include "Vector/int8_kernels.h"

#pragma clang attribute pop

#endif
