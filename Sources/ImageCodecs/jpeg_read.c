#include "image_shared.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

typedef struct {
    struct jpeg_error_mgr manager;
    struct jpeg_progress_mgr progress;
    jmp_buf jump;
    const diffusion_image_limits *limits;
    size_t count;
    diffusion_image_error error;
    diffusion_decoded_image image;
    uint8_t *row;
} jpeg_reader;

static void fail(jpeg_reader *reader, diffusion_image_status status, const char *message) {
    diffusion_image_fail(&reader->error, status, message);
    longjmp(reader->jump, 1);
}

static diffusion_image_status status_of(int code) {
    switch (code) {
    case JERR_OUT_OF_MEMORY: return DIFFUSION_IMAGE_OUT_OF_MEMORY;
    case JERR_IMAGE_TOO_BIG: return DIFFUSION_IMAGE_TOO_LARGE;
    case JERR_INPUT_EOF:
    case JERR_INPUT_EMPTY:
    case JWRN_JPEG_EOF: return DIFFUSION_IMAGE_TRUNCATED;
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_SOF_UNSUPPORTED: return DIFFUSION_IMAGE_UNSUPPORTED;
    default: return DIFFUSION_IMAGE_CORRUPT;
    }
}

static void on_error(j_common_ptr common) {
    char message[JMSG_LENGTH_MAX];
    common->err->format_message(common, message);
    fail((jpeg_reader *)common->err, status_of(common->err->msg_code), message);
}

// libjpeg goes on over a damaged stream and fills the rest with grey. Damage to the picture is an error here; the other
// warnings (bytes between markers, an unknown JFIF revision) are about files that every viewer opens.
static void on_message(j_common_ptr common, int level) {
    if (level >= 0) return;
    switch (common->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC: on_error(common);
    default: return;
    }
}

static void on_progress(j_common_ptr common) {
    jpeg_reader *reader = (jpeg_reader *)common->err;
    j_decompress_ptr jpeg = (j_decompress_ptr)common;
    if (jpeg->input_scan_number > reader->limits->maximum_scans) fail(reader, DIFFUSION_IMAGE_TOO_MANY_SCANS, "");
}

// Every 8×8 block of the finest component costs at least one bit of Huffman code, so a header that promises more than
// the file can hold is caught before memory is taken for it.
static void check_size(j_decompress_ptr jpeg, jpeg_reader *reader) {
    if (jpeg->arith_code) fail(reader, DIFFUSION_IMAGE_UNSUPPORTED, "arithmetic coding");
    if (!diffusion_image_within_limits(jpeg->image_width, jpeg->image_height, reader->limits, &reader->error)) {
        longjmp(reader->jump, 1);
    }
    uint64_t blocks = (uint64_t)((jpeg->image_width + 7) / 8) * ((jpeg->image_height + 7) / 8);
    if (blocks / 8 > reader->count) fail(reader, DIFFUSION_IMAGE_TRUNCATED, "");
}

static void keep(jpeg_reader *reader, diffusion_image_bytes *place, const uint8_t *bytes, size_t count) {
    if (place->bytes != NULL) return;
    *place = diffusion_image_copy(bytes, count);
    if (place->bytes == NULL) fail(reader, DIFFUSION_IMAGE_OUT_OF_MEMORY, "");
}

static int begins_with(jpeg_saved_marker_ptr marker, const char *prefix, size_t length) {
    return marker->data_length >= length && memcmp(marker->data, prefix, length) == 0;
}

static void keep_segments(j_decompress_ptr jpeg, jpeg_reader *reader) {
    static const char exif[] = "Exif\0";
    static const char xmp[] = "http://ns.adobe.com/xap/1.0/";
    for (jpeg_saved_marker_ptr marker = jpeg->marker_list; marker != NULL; marker = marker->next) {
        if (begins_with(marker, exif, sizeof exif)) {
            keep(reader, &reader->image.exif, marker->data + sizeof exif, marker->data_length - sizeof exif);
        } else if (begins_with(marker, xmp, sizeof xmp)) {
            keep(reader, &reader->image.xmp, marker->data + sizeof xmp, marker->data_length - sizeof xmp);
        }
    }
}

static uint32_t over_255(uint32_t product) {
    uint32_t rounded = product + 128;
    return ((rounded >> 8) + rounded) >> 8;
}

// Inverted C, M, Y, K to RGB. With c' = 255 - c, Pillow's (255 - K) - C·(255 - K)/255 is k' - (255 - c')·k'/255.
static void mix_four_colours(const uint8_t *cmyk, uint8_t *rgb, uint32_t width) {
    for (uint32_t x = 0; x < width; x++) {
        uint32_t light = cmyk[4 * x + 3];
        for (int i = 0; i < 3; i++) {
            uint32_t ink = 255 - cmyk[4 * x + i];
            rgb[3 * x + i] = (uint8_t)(light - over_255(ink * light));
        }
    }
}

static void read_rows(j_decompress_ptr jpeg, jpeg_reader *reader) {
    int four_colours = jpeg->output_components == 4;
    while (jpeg->output_scanline < jpeg->output_height) {
        uint8_t *target = reader->image.pixels + (size_t)jpeg->output_scanline * jpeg->output_width * 3;
        JSAMPROW row = four_colours ? reader->row : target;
        jpeg_read_scanlines(jpeg, &row, 1);
        if (four_colours) mix_four_colours(reader->row, target, jpeg->output_width);
    }
}

static void allocate(j_decompress_ptr jpeg, jpeg_reader *reader) {
    diffusion_decoded_image *image = &reader->image;
    image->width = jpeg->output_width;
    image->height = jpeg->output_height;
    image->channels = 3;
    image->pixels = malloc((size_t)image->width * image->height * 3);
    reader->row = malloc((size_t)image->width * 4);
    if (image->pixels == NULL || reader->row == NULL) fail(reader, DIFFUSION_IMAGE_OUT_OF_MEMORY, "");
}

static void read_image(j_decompress_ptr jpeg, jpeg_reader *reader, const uint8_t *bytes) {
    if (setjmp(reader->jump)) return;
    jpeg_create_decompress(jpeg);
    jpeg->progress = &reader->progress;
    jpeg_mem_src(jpeg, bytes, reader->count);
    jpeg_save_markers(jpeg, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(jpeg, TRUE);
    check_size(jpeg, reader);
    int four_colours = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
    jpeg->out_color_space = four_colours ? JCS_CMYK : JCS_RGB;
    keep_segments(jpeg, reader);
    jpeg_start_decompress(jpeg);
    allocate(jpeg, reader);
    read_rows(jpeg, reader);
    jpeg_finish_decompress(jpeg);
}

diffusion_image_error diffusion_jpeg_read(
    const uint8_t *bytes, size_t count, const diffusion_image_limits *limits, diffusion_decoded_image *out) {
    struct jpeg_decompress_struct jpeg = {0};
    jpeg_reader reader = {.limits = limits, .count = count};
    jpeg.err = jpeg_std_error(&reader.manager);
    reader.manager.error_exit = on_error;
    reader.manager.emit_message = on_message;
    reader.progress.progress_monitor = on_progress;
    read_image(&jpeg, &reader, bytes);
    jpeg_destroy_decompress(&jpeg);
    free(reader.row);
    if (reader.error.status != DIFFUSION_IMAGE_OK) diffusion_decoded_image_free(&reader.image);
    *out = reader.image;
    return reader.error;
}
