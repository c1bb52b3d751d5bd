// The result equals that of cv::imdecode(IMREAD_COLOR), which drives the same library with the same settings (OpenCV,
// modules/imgcodecs/src/grfmt_jpeg.cpp). We call libjpeg ourselves because OpenCV does not tell when a file ends early
// (the rest of the picture is then grey or uninitialised memory) and lets libjpeg print its warnings on standard error.
#include "jpeg.h"

#include <csetjmp>
#include <cstdio>
#include <string>

#include <jpeglib.h>

#include <jerror.h>

#include "../common/status.h"
#include "paa_image.h"

#ifndef JCS_EXTENSIONS
#error "libjpeg-turbo is needed: its BGR output is used."
#endif

namespace {

// A file of a few kilobytes can name thousands of passes over a large picture; real ones have about ten.
constexpr int MAX_SCANS = 500;

struct Decoder {
  jpeg_decompress_struct info;  // first: libjpeg hands back a pointer to it
  jpeg_error_mgr errors;
  jpeg_source_mgr source;
  jpeg_progress_mgr progress;
  jmp_buf escape;
  char message[JMSG_LENGTH_MAX];
  bool ran_dry;       // libjpeg asked for bytes behind the end of the file
  bool data_missing;  // the entropy decoder met a marker where pixels were due
  int missing_row;
};

Decoder* of(j_common_ptr info) { return reinterpret_cast<Decoder*>(info); }
Decoder* of(j_decompress_ptr info) { return reinterpret_cast<Decoder*>(info); }

[[noreturn]] void on_error(j_common_ptr info) {
  info->err->format_message(info, of(info)->message);
  longjmp(of(info)->escape, 1);
}

void on_message(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code == JWRN_HIT_MARKER && !of(info)->data_missing) {
    of(info)->data_missing = true;
    of(info)->missing_row = static_cast<int>(of(info)->info.output_scanline);
  }
}

void limit_scans(j_common_ptr info) {
  if (of(info)->info.input_scan_number <= MAX_SCANS) return;
  snprintf(of(info)->message, JMSG_LENGTH_MAX, "more than %d scans", MAX_SCANS);
  longjmp(of(info)->escape, 1);
}

void ignore(j_decompress_ptr) {}

// Behind the end of the file stands an end marker, as in libjpeg's own reader.
boolean at_end(j_decompress_ptr info) {
  static const JOCTET end_marker[] = {0xFF, JPEG_EOI};
  of(info)->ran_dry = true;
  info->src->next_input_byte = end_marker;
  info->src->bytes_in_buffer = sizeof end_marker;
  return TRUE;
}

void skip(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  if (static_cast<size_t>(count) > info->src->bytes_in_buffer) {
    at_end(info);
    return;
  }
  info->src->next_input_byte += count;
  info->src->bytes_in_buffer -= static_cast<size_t>(count);
}

// Ink on paper to light: libjpeg delivers inverted CMYK, the arithmetic is OpenCV's.
void cmyk_to_bgr(const JSAMPLE* cmyk, uint8_t* bgr, int width) {
  for (int x = 0; x < width; x++, cmyk += 4, bgr += 3) {
    const int key = cmyk[3];
    for (int c = 0; c < 3; c++) bgr[2 - c] = static_cast<uint8_t>(key - ((255 - cmyk[c]) * key >> 8));
  }
}

void read_pixels(jpeg_decompress_struct* info, uint8_t* pixels, int width) {
  const bool cmyk = info->num_components == 4;
  info->out_color_space = cmyk ? JCS_CMYK : JCS_EXT_BGR;
  jpeg_start_decompress(info);
  const size_t stride = static_cast<size_t>(width) * 3;
  JSAMPARRAY inks = cmyk ? info->mem->alloc_sarray(reinterpret_cast<j_common_ptr>(info), JPOOL_IMAGE, width * 4, 1) : nullptr;
  while (info->output_scanline < info->output_height) {
    uint8_t* row = pixels + info->output_scanline * stride;
    if (cmyk) {
      jpeg_read_scanlines(info, inks, 1);
      cmyk_to_bgr(inks[0], row, width);
    } else {
      JSAMPROW rows[] = {row};
      jpeg_read_scanlines(info, rows, 1);
    }
  }
}

// Runs under setjmp: nothing in here may need a destructor.
bool run(Decoder* decoder, uint8_t* pixels, int height, int width) {
  jpeg_decompress_struct* info = &decoder->info;
  if (setjmp(decoder->escape) != 0) return false;
  jpeg_create_decompress(info);
  info->src = &decoder->source;
  info->progress = &decoder->progress;
  jpeg_read_header(info, TRUE);
  if (info->image_height != static_cast<JDIMENSION>(height) || info->image_width != static_cast<JDIMENSION>(width)) {
    snprintf(decoder->message, JMSG_LENGTH_MAX, "two frame headers of different size");
    return false;
  }
  read_pixels(info, pixels, width);
  return true;
}

}  // namespace

void paa::decode_jpeg(const uint8_t* file, size_t length, uint8_t* pixels, int height, int width) {
  Decoder decoder{};
  decoder.info.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = on_error;
  decoder.errors.emit_message = on_message;
  decoder.source = {file, length, ignore, at_end, skip, jpeg_resync_to_restart, ignore};
  decoder.progress.progress_monitor = limit_scans;
  const bool decoded = run(&decoder, pixels, height, width);
  const bool several_scans = decoded && jpeg_has_multiple_scans(&decoder.info);
  jpeg_destroy_decompress(&decoder.info);

  // An absent end marker alone does no harm. In a file of several scans nobody knows what else is absent.
  if (decoder.ran_dry && several_scans) throw Failure("the file is cut off: scans are missing");
  if (decoder.ran_dry && decoder.data_missing)
    throw Failure("the file is cut off: pixels end near row " + std::to_string(decoder.missing_row) + " of " +
                  std::to_string(height));
  if (!decoded) throw Failure(decoder.ran_dry ? "the file is cut off: it ends before the pixels" : decoder.message);
}
