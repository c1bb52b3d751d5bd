// C ABI over OpenCV and libjpeg-turbo: decode, resize, draw text, encode. It knows pixels and nothing else.
//
// * Pixels are 8-bit BGR, rows from the top, without padding: height * width * 3 bytes, in memory the caller owns.
// * Every function returns a status: 0 is success; otherwise paa_image_last_error() tells why, on the same thread.
//   No C++ exception leaves the library.
// * All functions may be called from many threads at once. OpenCV runs each call on the calling thread alone:
//   callers work on several images at a time, which uses the cores better than splitting one image.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PAA_IMAGE_API extern "C" __attribute__((visibility("default")))

// Raised with every change of this header. Paa.Imaging refuses a library with another number.
constexpr int32_t PAA_IMAGE_ABI_VERSION = 2;

using paa_status = int32_t;

enum paa_image_format : int32_t {
  PAA_IMAGE_JPEG = 1,
  PAA_IMAGE_PNG = 2,
  PAA_IMAGE_BMP = 3,
  PAA_IMAGE_WEBP = 4,
  PAA_IMAGE_TIFF = 5
};

enum paa_image_conversion : int32_t { PAA_IMAGE_BGR_TO_HSV = 1, PAA_IMAGE_HSV_TO_BGR = 2 };

// The ABI version. The first call also makes OpenCV single-threaded and silent.
PAA_IMAGE_API int32_t paa_image_abi_version();

// Message of the last failed call on this thread, UTF-8. Valid until the next call on this thread.
PAA_IMAGE_API const char* paa_image_last_error();

// Versions of the libraries in use, UTF-8; static.
PAA_IMAGE_API const char* paa_image_versions();

// Decodes a file held in memory as cv::imdecode(IMREAD_COLOR) does. `height` and `width` are those after the EXIF
// rotation; a file that decodes to another size fails. `orientation` (EXIF, 1..8) is applied to JPEG; OpenCV finds
// that of the other formats itself.
PAA_IMAGE_API paa_status paa_image_decode(const uint8_t* file, int64_t length, int32_t format, int32_t orientation,
                                          uint8_t* pixels, int32_t height, int32_t width);

// cv::resize; `interpolation` is one of cv::InterpolationFlags.
PAA_IMAGE_API paa_status paa_image_resize(const uint8_t* source, int32_t source_height, int32_t source_width, uint8_t* target,
                                          int32_t target_height, int32_t target_width, int32_t interpolation);

// cv::resize of a float image (three values a pixel) with INTER_LINEAR.
PAA_IMAGE_API paa_status paa_image_resize_float(const float* source, int32_t source_height, int32_t source_width, float* target,
                                                int32_t target_height, int32_t target_width);

// cv::cvtColor of a float image, in place. Hue is in degrees, saturation 0 to 1 for colours that are not negative.
PAA_IMAGE_API paa_status paa_image_convert_color(float* pixels, int32_t height, int32_t width, int32_t conversion);

// Encodes to the format of `extension` (".jpg", ".png", ...). `quality` is for JPEG and WebP, 1..100. The result is
// freed by the caller with paa_image_free.
PAA_IMAGE_API paa_status paa_image_encode(const uint8_t* pixels, int32_t height, int32_t width, const char* extension,
                                          int32_t quality, uint8_t** file, int64_t* length);
PAA_IMAGE_API void paa_image_free(uint8_t* file);

// Draws ASCII text in FONT_HERSHEY_SIMPLEX with smooth edges; (x, y) is the left end of the base line.
PAA_IMAGE_API paa_status paa_image_draw_text(uint8_t* pixels, int32_t height, int32_t width, const char* text, int32_t x,
                                             int32_t y, double scale, int32_t thickness, uint8_t blue, uint8_t green,
                                             uint8_t red);

// Size of that text: its width, its height above the base line, and the depth below it.
PAA_IMAGE_API paa_status paa_image_measure_text(const char* text, double scale, int32_t thickness, int32_t* width,
                                                int32_t* ascent, int32_t* descent);
