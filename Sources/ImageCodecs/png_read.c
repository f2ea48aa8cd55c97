#include "image_shared.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

// What libpng may hold beside the picture: its window, a row or two, and text chunks, compressed ones unpacked.
static const size_t working_memory = (size_t)48 << 20;
// Deflate packs at best 1032 bytes into one.
static const uint64_t best_ratio = 1032;

typedef struct {
    const uint8_t *bytes;
    size_t count;
    size_t offset;
    size_t memory_left;
    const diffusion_image_limits *limits;
    diffusion_image_error error;
    diffusion_decoded_image image;
    png_bytep *rows;
} png_reader;

static void on_error(png_structp png, png_const_charp message) {
    png_reader *reader = png_get_error_ptr(png);
    if (reader->error.status == DIFFUSION_IMAGE_OK) {
        diffusion_image_fail(&reader->error, DIFFUSION_IMAGE_CORRUPT, message);
    }
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void fail(png_structp png, png_reader *reader, diffusion_image_status status, const char *message) {
    diffusion_image_fail(&reader->error, status, message);
    png_error(png, message);
}

static void read_bytes(png_structp png, png_bytep data, size_t length) {
    png_reader *reader = png_get_io_ptr(png);
    if (length > reader->count - reader->offset) fail(png, reader, DIFFUSION_IMAGE_TRUNCATED, "");
    memcpy(data, reader->bytes + reader->offset, length);
    reader->offset += length;
}

// A budget for everything libpng allocates, so that a hundred small chunks cannot unpack to gigabytes.
#define BLOCK_HEADER 16

static png_voidp allocate(png_structp png, png_alloc_size_t size) {
    png_reader *reader = png_get_mem_ptr(png);
    if (size > reader->memory_left) return NULL;
    uint8_t *block = malloc(size + BLOCK_HEADER);
    if (block == NULL) return NULL;
    reader->memory_left -= size;
    memcpy(block, &size, sizeof size);
    return block + BLOCK_HEADER;
}

static void release(png_structp png, png_voidp pointer) {
    if (pointer == NULL) return;
    png_reader *reader = png_get_mem_ptr(png);
    uint8_t *block = (uint8_t *)pointer - BLOCK_HEADER;
    png_alloc_size_t size;
    memcpy(&size, block, sizeof size);
    reader->memory_left += size;
    free(block);
}

static void check_size(png_structp png, png_infop info, png_reader *reader) {
    uint32_t width = png_get_image_width(png, info);
    uint32_t height = png_get_image_height(png, info);
    if (!diffusion_image_within_limits(width, height, reader->limits, &reader->error)) png_error(png, "");
    uint64_t raw = (uint64_t)png_get_rowbytes(png, info) * height;
    if (raw / best_ratio > reader->count) fail(png, reader, DIFFUSION_IMAGE_TRUNCATED, "");
    reader->image.width = width;
    reader->image.height = height;
}

static void expand_to_rgb(png_structp png, png_infop info) {
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_gray_to_rgb(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
}

static void read_pixels(png_structp png, png_infop info, png_reader *reader) {
    diffusion_decoded_image *image = &reader->image;
    size_t row = png_get_rowbytes(png, info);
    image->channels = png_get_channels(png, info);
    image->pixels = malloc(row * image->height);
    reader->rows = malloc(sizeof *reader->rows * image->height);
    if (image->pixels == NULL || reader->rows == NULL) fail(png, reader, DIFFUSION_IMAGE_OUT_OF_MEMORY, "");
    for (uint32_t y = 0; y < image->height; y++) reader->rows[y] = image->pixels + y * row;
    png_read_image(png, reader->rows);
}

static void keep_texts(png_structp png, png_infop info, png_reader *reader) {
    png_textp texts = NULL;
    int count = 0;
    png_get_text(png, info, &texts, &count);
    if (count <= 0) return;
    reader->image.texts = calloc((size_t)count, sizeof *reader->image.texts);
    if (reader->image.texts == NULL) fail(png, reader, DIFFUSION_IMAGE_OUT_OF_MEMORY, "");
    for (int i = 0; i < count; i++) {
        diffusion_image_text *kept = &reader->image.texts[i];
        int is_utf8 = texts[i].compression >= PNG_ITXT_COMPRESSION_NONE;
        size_t length = is_utf8 ? texts[i].itxt_length : texts[i].text_length;
        diffusion_image_bytes keyword = diffusion_image_copy(texts[i].key, strlen(texts[i].key));
        diffusion_image_bytes bytes = diffusion_image_copy(texts[i].text, texts[i].text == NULL ? 0 : length);
        kept->keyword = (const char *)keyword.bytes;
        kept->keyword_count = keyword.count;
        kept->bytes = (const char *)bytes.bytes;
        kept->count = bytes.count;
        kept->is_utf8 = is_utf8;
        reader->image.text_count += 1;
        if (kept->keyword == NULL || kept->bytes == NULL) fail(png, reader, DIFFUSION_IMAGE_OUT_OF_MEMORY, "");
    }
}

static void keep_exif(png_structp png, png_infop info, png_reader *reader) {
    png_bytep exif = NULL;
    png_uint_32 count = 0;
    if (png_get_eXIf_1(png, info, &count, &exif) == 0) return;
    reader->image.exif = diffusion_image_copy(exif, count);
    if (reader->image.exif.bytes == NULL) fail(png, reader, DIFFUSION_IMAGE_OUT_OF_MEMORY, "");
}

static void read_image(png_structp png, png_infop info, png_reader *reader) {
    if (setjmp(png_jmpbuf(png))) return;
    png_set_read_fn(png, reader, read_bytes);
    // Our own limits speak first; libpng's say no more than "invalid IHDR".
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(png, 16 << 20);
    png_set_chunk_cache_max(png, 256);
    png_read_info(png, info);
    check_size(png, info, reader);
    expand_to_rgb(png, info);
    read_pixels(png, info, reader);
    png_read_end(png, info);
    keep_texts(png, info, reader);
    keep_exif(png, info, reader);
}

diffusion_image_error diffusion_png_read(
    const uint8_t *bytes, size_t count, const diffusion_image_limits *limits, diffusion_decoded_image *out) {
    png_reader reader = {.bytes = bytes, .count = count, .limits = limits, .memory_left = working_memory};
    png_structp png = png_create_read_struct_2(
        PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning, &reader, allocate, release);
    png_infop info = png == NULL ? NULL : png_create_info_struct(png);
    if (info == NULL) {
        diffusion_image_fail(&reader.error, DIFFUSION_IMAGE_OUT_OF_MEMORY, "");
    } else {
        read_image(png, info, &reader);
    }
    png_destroy_read_struct(&png, &info, NULL);
    free(reader.rows);
    if (reader.error.status != DIFFUSION_IMAGE_OK) diffusion_decoded_image_free(&reader.image);
    *out = reader.image;
    return reader.error;
}
