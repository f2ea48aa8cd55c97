// The 8-bit kernels for x86 with AMX for integers (Sapphire Rapids and newer).

#include "tables.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define DK_INT8_TABLE dk_int8_amx_table
#define DK_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,amx-tile,amx-int8")))

#pragma clang attribute push(DK_TARGET, apply_to = function)

#include "Vector/lanes.h"
#include "Vector/tails_avx512.h"
#include "Vector/int8_tile_kernels.h"

#pragma clang attribute pop

#endif
