#include "image_shared.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    diffusion_image_bytes out;
    size_t capacity;
    diffusion_image_error error;
    png_text *texts;
} png_writer;

static void on_error(png_structp png, png_const_charp message) {
    png_writer *writer = png_get_error_ptr(png);
    if (writer->error.status == DIFFUSION_IMAGE_OK) {
        diffusion_image_fail(&writer->error, DIFFUSION_IMAGE_CORRUPT, message);
    }
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void append(png_structp png, png_bytep data, size_t length) {
    png_writer *writer = png_get_io_ptr(png);
    if (length > writer->capacity - writer->out.count) {
        size_t capacity = writer->capacity * 2 + length + 4096;
        uint8_t *grown = realloc(writer->out.bytes, capacity);
        if (grown == NULL) {
            diffusion_image_fail(&writer->error, DIFFUSION_IMAGE_OUT_OF_MEMORY, "");
            png_error(png, "out of memory");
        }
        writer->out.bytes = grown;
        writer->capacity = capacity;
    }
    memcpy(writer->out.bytes + writer->out.count, data, length);
    writer->out.count += length;
}

static void flush(png_structp png) { (void)png; }

// Before the picture's data: readers that stop there still see what the image says about itself.
static void add_texts(
    png_structp png, png_infop info, png_writer *writer, const diffusion_image_text *texts, size_t count) {
    if (count == 0) return;
    writer->texts = calloc(count, sizeof *writer->texts);
    if (writer->texts == NULL) {
        diffusion_image_fail(&writer->error, DIFFUSION_IMAGE_OUT_OF_MEMORY, "");
        png_error(png, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        png_text *text = &writer->texts[i];
        text->compression = texts[i].is_utf8 ? PNG_ITXT_COMPRESSION_NONE : PNG_TEXT_COMPRESSION_NONE;
        text->key = (png_charp)texts[i].keyword;
        text->text = (png_charp)texts[i].bytes;
        text->text_length = texts[i].is_utf8 ? 0 : texts[i].count;
        text->itxt_length = texts[i].is_utf8 ? texts[i].count : 0;
        text->lang = "";
        text->lang_key = "";
    }
    png_set_text(png, info, writer->texts, (int)count);
}

static void write_image(
    png_structp png, png_infop info, png_writer *writer, const uint8_t *rgb, uint32_t width, uint32_t height,
    const diffusion_image_text *texts, size_t text_count, int level, int filters) {
    if (setjmp(png_jmpbuf(png))) return;
    png_set_write_fn(png, writer, append, flush);
    // Ours may be any size; the reader has limits of its own.
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(
        png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
        PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, level);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, filters);
    add_texts(png, info, writer, texts, text_count);
    png_write_info(png, info);
    for (uint32_t y = 0; y < height; y++) {
        png_write_row(png, rgb + (size_t)y * width * 3);
    }
    png_write_end(png, NULL);
}

diffusion_image_error diffusion_png_write(
    const uint8_t *rgb, uint32_t width, uint32_t height, const diffusion_image_text *texts, size_t text_count,
    int level, int filters, diffusion_image_bytes *out) {
    png_writer writer = {0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &writer, on_error, on_warning);
    png_infop info = png == NULL ? NULL : png_create_info_struct(png);
    if (info == NULL) {
        diffusion_image_fail(&writer.error, DIFFUSION_IMAGE_OUT_OF_MEMORY, "");
    } else {
        write_image(png, info, &writer, rgb, width, height, texts, text_count, level, filters);
    }
    png_destroy_write_struct(&png, &info);
    free(writer.texts);
    if (writer.error.status != DIFFUSION_IMAGE_OK) diffusion_image_bytes_free(&writer.out);
    *out = writer.out;
    return writer.error;
}
