#ifndef DK_TABLES_H
#define DK_TABLES_H

#include "DiffusionAttention.h"
#include "DiffusionFixedPoint.h"
#include "DiffusionInt8.h"
#include "DiffusionKernels.h"
#include "DiffusionWinograd.h"
#include "DiffusionWinogradWeights.h"

/// Whether this process may use the tiles of AMX.
int dk_has_tiles(void);

extern const dk_kernels dk_portable_table;
extern const dk_kernels dk_reference_kernels;
extern const dk_winograd_kernels dk_winograd_portable_table;
extern const dk_winograd_kernels dk_winograd_reference_kernels;
extern const dk_fixed_kernels dk_fixed_portable_table;
extern const dk_fixed_kernels dk_fixed_reference_kernels;
extern const dk_int8_kernels dk_int8_portable_table;
extern const dk_int8_kernels dk_int8_reference_kernels;
extern const dk_attention_kernels dk_attention_portable_table;
extern const dk_attention_kernels dk_attention_reference_kernels;
extern const dk_winograd_weight_kernels dk_winograd_weight_portable_table;

#if defined(__x86_64__)
extern const dk_kernels dk_avx2_table;
extern const dk_kernels dk_avx512_table;
extern const dk_winograd_kernels dk_winograd_avx2_table;
extern const dk_winograd_kernels dk_winograd_avx512_table;
extern const dk_fixed_kernels dk_fixed_avx2_table;
extern const dk_fixed_kernels dk_fixed_avx512_table;
extern const dk_fixed_kernels dk_fixed_amx_table;
extern const dk_int8_kernels dk_int8_avx2_table;
extern const dk_int8_kernels dk_int8_avx512_table;
extern const dk_int8_kernels dk_int8_amx_table;
extern const dk_attention_kernels dk_attention_avx2_table;
extern const dk_attention_kernels dk_attention_avx512_table;
extern const dk_attention_kernels dk_attention_amx_table;
extern const dk_winograd_weight_kernels dk_winograd_weight_avx2_table;
extern const dk_winograd_weight_kernels dk_winograd_weight_avx512_table;
extern const dk_winograd_weight_kernels dk_winograd_weight_amx_table;
#endif

#endif
