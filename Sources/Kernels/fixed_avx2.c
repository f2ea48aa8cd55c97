// The fixed-point kernels for x86 with AVX2.

#include "tables.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define DK_FIXED_TABLE dk_fixed_avx2_table
#define DK_ATTENTION_TABLE dk_attention_avx2_table
#define DK_WINOGRAD_WEIGHT_TABLE dk_winograd_weight_avx2_table

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

#include "Vector/lanes.h"
#include "Vector/tails_avx2.h"
#include "Vector/dot_avx2.h"
#include "Vector/fixed_kernels.h"

#pragma clang attribute pop

#endif
