#include "image_shared.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

typedef struct {
    struct jpeg_error_mgr manager;
    struct jpeg_destination_mgr destination;
    jmp_buf jump;
    diffusion_image_error error;
    diffusion_image_bytes out;
    size_t capacity;
} jpeg_writer;

static void on_error(j_common_ptr common) {
    jpeg_writer *writer = (jpeg_writer *)common->err;
    char message[JMSG_LENGTH_MAX];
    common->err->format_message(common, message);
    diffusion_image_status status =
        common->err->msg_code == JERR_OUT_OF_MEMORY ? DIFFUSION_IMAGE_OUT_OF_MEMORY : DIFFUSION_IMAGE_CORRUPT;
    diffusion_image_fail(&writer->error, status, message);
    longjmp(writer->jump, 1);
}

static void on_message(j_common_ptr common, int level) {
    (void)common;
    (void)level;
}

// Gives libjpeg the whole free end of the buffer. jpeg_mem_dest is not used: after an error it leaves its caller with a
// pointer that it has freed already.
static void offer_space(jpeg_writer *writer) {
    writer->destination.next_output_byte = writer->out.bytes + writer->out.count;
    writer->destination.free_in_buffer = writer->capacity - writer->out.count;
}

static void grow(j_compress_ptr jpeg) {
    jpeg_writer *writer = (jpeg_writer *)jpeg->err;
    size_t capacity = writer->capacity * 2 + 65536;
    uint8_t *grown = realloc(writer->out.bytes, capacity);
    if (grown == NULL) ERREXIT1(jpeg, JERR_OUT_OF_MEMORY, 0);
    writer->out.bytes = grown;
    writer->capacity = capacity;
    offer_space(writer);
}

// Called with a full buffer, whatever next_output_byte says.
static boolean on_full(j_compress_ptr jpeg) {
    jpeg_writer *writer = (jpeg_writer *)jpeg->err;
    writer->out.count = writer->capacity;
    grow(jpeg);
    return TRUE;
}

static void on_end(j_compress_ptr jpeg) {
    jpeg_writer *writer = (jpeg_writer *)jpeg->err;
    writer->out.count = writer->capacity - writer->destination.free_in_buffer;
}

static void set_up(
    struct jpeg_compress_struct *jpeg, uint32_t width, uint32_t height, int quality, int full_chroma) {
    jpeg->image_width = width;
    jpeg->image_height = height;
    jpeg->input_components = 3;
    jpeg->in_color_space = JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, quality, TRUE);
    jpeg->optimize_coding = TRUE;
    jpeg->comp_info[0].h_samp_factor = full_chroma ? 1 : 2;
    jpeg->comp_info[0].v_samp_factor = full_chroma ? 1 : 2;
}

static void write_image(
    j_compress_ptr jpeg, jpeg_writer *writer, const uint8_t *rgb, uint32_t width, uint32_t height, int quality,
    int full_chroma, const diffusion_jpeg_segment *segments, size_t segment_count) {
    if (setjmp(writer->jump)) return;
    jpeg_create_compress(jpeg);
    jpeg->dest = &writer->destination;
    set_up(jpeg, width, height, quality, full_chroma);
    jpeg_start_compress(jpeg, TRUE);
    for (size_t i = 0; i < segment_count; i++) {
        jpeg_write_marker(jpeg, segments[i].marker, segments[i].bytes, (unsigned)segments[i].count);
    }
    while (jpeg->next_scanline < height) {
        JSAMPROW row = (JSAMPROW)(rgb + (size_t)jpeg->next_scanline * width * 3);
        jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
}

diffusion_image_error diffusion_jpeg_write(
    const uint8_t *rgb, uint32_t width, uint32_t height, int quality, int full_chroma,
    const diffusion_jpeg_segment *segments, size_t segment_count, diffusion_image_bytes *out) {
    struct jpeg_compress_struct jpeg = {0};
    jpeg_writer writer = {0};
    jpeg.err = jpeg_std_error(&writer.manager);
    writer.manager.error_exit = on_error;
    writer.manager.emit_message = on_message;
    writer.destination.init_destination = grow;
    writer.destination.empty_output_buffer = on_full;
    writer.destination.term_destination = on_end;
    write_image(&jpeg, &writer, rgb, width, height, quality, full_chroma, segments, segment_count);
    jpeg_destroy_compress(&jpeg);
    if (writer.error.status != DIFFUSION_IMAGE_OK) diffusion_image_bytes_free(&writer.out);
    *out = writer.out;
    return writer.error;
}
