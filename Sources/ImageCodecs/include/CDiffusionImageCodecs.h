// Memory to memory PNG and JPEG. setjmp lives behind these functions and nowhere else.
#ifndef CDIFFUSION_IMAGE_CODECS_H
#define CDIFFUSION_IMAGE_CODECS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DIFFUSION_IMAGE_MESSAGE_SIZE 200

typedef enum {
    DIFFUSION_IMAGE_OK = 0,
    DIFFUSION_IMAGE_OUT_OF_MEMORY,
    // The header names more columns, rows or pixels than the limits allow.
    DIFFUSION_IMAGE_TOO_LARGE,
    // The bytes end before the picture does.
    DIFFUSION_IMAGE_TRUNCATED,
    DIFFUSION_IMAGE_CORRUPT,
    // A kind of file that is valid and that this reader does not take.
    DIFFUSION_IMAGE_UNSUPPORTED,
    // More scans than a progressive JPEG has any use for.
    DIFFUSION_IMAGE_TOO_MANY_SCANS,
} diffusion_image_status;

// What went wrong; message is the library's own, NUL-terminated, empty where the status says it all.
typedef struct {
    diffusion_image_status status;
    char message[DIFFUSION_IMAGE_MESSAGE_SIZE];
} diffusion_image_error;

// Bytes from malloc.
typedef struct {
    uint8_t *bytes;
    size_t count;
} diffusion_image_bytes;

// One text chunk: bytes are UTF-8 (is_utf8, an iTXt chunk) or Latin-1 (tEXt, zTXt), without NUL.
typedef struct {
    const char *keyword;
    size_t keyword_count;
    const char *bytes;
    size_t count;
    int is_utf8;
} diffusion_image_text;

typedef struct {
    uint32_t maximum_width;
    uint32_t maximum_height;
    uint64_t maximum_pixels;
    int maximum_scans;
} diffusion_image_limits;

// A picture read: 8 bits a channel, row-major, interleaved; 3 channels (RGB) or 4 (RGB and straight alpha).
typedef struct {
    uint8_t *pixels;
    uint32_t width;
    uint32_t height;
    uint32_t channels;
    diffusion_image_text *texts;
    size_t text_count;
    // The TIFF structure of an EXIF block, without the "Exif\0\0" of JPEG.
    diffusion_image_bytes exif;
    // The XMP packet of a JPEG; a PNG has it among its texts.
    diffusion_image_bytes xmp;
} diffusion_decoded_image;

// Writes 8-bit RGB without interlacing. `level` is zlib's 0-9, `filters` libpng's PNG_FILTER_ mask.
// On success the caller frees out->bytes with diffusion_image_bytes_free.
diffusion_image_error diffusion_png_write(
    const uint8_t *rgb, uint32_t width, uint32_t height, const diffusion_image_text *texts, size_t text_count,
    int level, int filters, diffusion_image_bytes *out);

// Reads any PNG to 8 bits a channel: palettes and 1, 2, 4 bit grey are expanded, of 16 bits the high ones are kept,
// grey becomes RGB, gamma and colour profiles are left alone.
// On success the caller frees `out` with diffusion_decoded_image_free.
diffusion_image_error diffusion_png_read(
    const uint8_t *bytes, size_t count, const diffusion_image_limits *limits, diffusion_decoded_image *out);

// An APP marker's payload; at most 65533 bytes.
typedef struct {
    int marker;
    const uint8_t *bytes;
    size_t count;
} diffusion_jpeg_segment;

// Writes a baseline JPEG (JFIF, YCbCr, optimised Huffman tables), `segments` after the JFIF header.
// Colour is kept at full resolution (4:4:4) where full_chroma, else halved both ways (4:2:0).
diffusion_image_error diffusion_jpeg_write(
    const uint8_t *rgb, uint32_t width, uint32_t height, int quality, int full_chroma,
    const diffusion_jpeg_segment *segments, size_t segment_count, diffusion_image_bytes *out);

// Reads grey, YCbCr, RGB, CMYK and YCCK to RGB. Four-colour files are taken as Adobe writes them (inverted) and mixed
// without a profile, both as Pillow does.
diffusion_image_error diffusion_jpeg_read(
    const uint8_t *bytes, size_t count, const diffusion_image_limits *limits, diffusion_decoded_image *out);

// renameat2(RENAME_NOREPLACE) or renameatx_np(RENAME_EXCL), which Swift cannot import everywhere: 0, or -1 and errno
// (EEXIST where `to` is taken; EINVAL, ENOSYS or ENOTSUP where the file system has no such rename).
int diffusion_rename_without_replacing(int folder, const char *from, const char *to);

void diffusion_image_bytes_free(diffusion_image_bytes *bytes);
void diffusion_decoded_image_free(diffusion_decoded_image *image);

#ifdef __cplusplus
}
#endif

#endif
