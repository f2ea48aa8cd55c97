// The vector kernels for x86 with AVX-512 (F, BW, VL, DQ: Skylake-X, Ice Lake, Zen 4 and newer).

#include "tables.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define DK_TABLE dk_avx512_table
#define DK_WINOGRAD_TABLE dk_winograd_avx512_table

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

#include "Vector/lanes.h"
#include "Vector/tails_avx512.h"
#include "Vector/kernels.h"

#pragma clang attribute pop

#endif
