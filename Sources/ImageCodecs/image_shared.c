#include "image_shared.h"

#include <stdlib.h>
#include <string.h>

void diffusion_image_fail(diffusion_image_error *error, diffusion_image_status status, const char *message) {
    error->status = status;
    strncpy(error->message, message, DIFFUSION_IMAGE_MESSAGE_SIZE - 1);
    error->message[DIFFUSION_IMAGE_MESSAGE_SIZE - 1] = 0;
}

int diffusion_image_within_limits(
    uint32_t width, uint32_t height, const diffusion_image_limits *limits, diffusion_image_error *error) {
    if (width <= limits->maximum_width && height <= limits->maximum_height &&
        (uint64_t)width * height <= limits->maximum_pixels) {
        return 1;
    }
    diffusion_image_fail(error, DIFFUSION_IMAGE_TOO_LARGE, "");
    return 0;
}

diffusion_image_bytes diffusion_image_copy(const void *bytes, size_t count) {
    diffusion_image_bytes copy = {malloc(count + 1), count};
    if (copy.bytes != NULL) {
        if (count > 0) memcpy(copy.bytes, bytes, count);
        copy.bytes[count] = 0;
    }
    return copy;
}

void diffusion_image_bytes_free(diffusion_image_bytes *bytes) {
    free(bytes->bytes);
    bytes->bytes = NULL;
    bytes->count = 0;
}

void diffusion_decoded_image_free(diffusion_decoded_image *image) {
    for (size_t i = 0; i < image->text_count; i++) {
        free((void *)image->texts[i].keyword);
        free((void *)image->texts[i].bytes);
    }
    free(image->texts);
    free(image->pixels);
    diffusion_image_bytes_free(&image->exif);
    diffusion_image_bytes_free(&image->xmp);
    memset(image, 0, sizeof *image);
}
