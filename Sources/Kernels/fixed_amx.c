// The fixed-point kernels for x86 with AMX for integers (Sapphire Rapids and newer).

#include "tables.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define DK_FIXED_TABLE dk_fixed_amx_table
#define DK_ATTENTION_TABLE dk_attention_amx_table
#define DK_WINOGRAD_WEIGHT_TABLE dk_winograd_weight_amx_table
#define DK_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,amx-tile,amx-int8")))

#pragma clang attribute push(DK_TARGET, apply_to = function)

#include "Vector/lanes.h"
#include "Vector/tails_avx512.h"
#include "Vector/tile_kernels.h"

#pragma clang attribute pop

#endif
