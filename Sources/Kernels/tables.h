#ifndef DK_TABLES_H
#define DK_TABLES_H

#include "DiffusionKernels.h"

extern const dk_kernels dk_portable_table;
extern const dk_kernels dk_reference_kernels;

#if defined(__x86_64__)
extern const dk_kernels dk_avx2_table;
extern const dk_kernels dk_avx512_table;
#endif

#endif
