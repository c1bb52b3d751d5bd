// JPEG decoding straight through libjpeg-turbo.
#pragma once

#include <cstddef>
#include <cstdint>

namespace paa {

// Decodes into `pixels` (height * width * 3, BGR), without applying the EXIF orientation.
// Throws Failure with libjpeg's reason, when data is missing, and when the size is not the one given.
void decode_jpeg(const uint8_t* file, size_t length, uint8_t* pixels, int height, int width);

}  // namespace paa
