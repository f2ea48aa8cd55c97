// The 8-bit kernels for any processor.

#include "tables.h"

#define DK_INT8_TABLE dk_int8_portable_table

#include "Vector/lanes.h"
#include "Vector/tails_portable.h"
#include "Vector/dot_portable.h"
#include "Vector/quads_widened.h"
#include "Vector/int8_kernels.h"
