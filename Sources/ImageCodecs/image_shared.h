// Helpers that the four codec files share.
#ifndef CDIFFUSION_IMAGE_SHARED_H
#define CDIFFUSION_IMAGE_SHARED_H

#include "CDiffusionImageCodecs.h"

void diffusion_image_fail(diffusion_image_error *error, diffusion_image_status status, const char *message);

// Fails with TOO_LARGE and returns 0 where the size is outside the limits.
int diffusion_image_within_limits(
    uint32_t width, uint32_t height, const diffusion_image_limits *limits, diffusion_image_error *error);

// A malloc'ed copy with a NUL behind it; bytes is NULL where memory ran out.
diffusion_image_bytes diffusion_image_copy(const void *bytes, size_t count);

#endif
