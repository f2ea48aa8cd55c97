#include "DiffusionKernels.h"
