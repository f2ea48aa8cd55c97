// The vector kernels for x86 with AVX2.

#include "tables.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define DK_TABLE dk_avx2_table
#define DK_WINOGRAD_TABLE dk_winograd_avx2_table

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

#include "Vector/lanes.h"
#include "Vector/tails_avx2.h"
#include "Vector/kernels.h"

#pragma clang attribute pop

#endif
