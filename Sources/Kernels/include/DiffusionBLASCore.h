#ifndef DIFFUSION_BLAS_CORE_H
#define DIFFUSION_BLAS_CORE_H

#include "DiffusionKernels.h"

/// Which of OpenBLAS's kernels run.
///
/// OpenBLAS chooses them by the processor's model number, and takes those of 2004 for a model younger than itself (0.3.21 on
/// Emerald Rapids: a sixth of the speed). Where its choice lacks AVX2 and the processor does not, it is made to choose
/// again when the program starts, before `main` and so before there are threads; `OPENBLAS_CORETYPE` in the environment
/// has precedence, and a build of OpenBLAS with kernels for one processor only is left as it is.

#pragma clang assume_nonnull begin

/// The kernels to take instead of those of that name on a processor of that path; null where they fit.
const char *_Nullable dk_blas_core_instead_of(const char *name, dk_path path);

#pragma clang assume_nonnull end

#endif
