// The fixed-point kernels for any processor.

#include "tables.h"

#define DK_FIXED_TABLE dk_fixed_portable_table
#define DK_ATTENTION_TABLE dk_attention_portable_table
#define DK_WINOGRAD_WEIGHT_TABLE dk_winograd_weight_portable_table

#include "Vector/lanes.h"
#include "Vector/tails_portable.h"
#include "Vector/dot_portable.h"
#include "Vector/fixed_kernels.h"
