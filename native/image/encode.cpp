#include <cstdlib>
#include <cstring>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "../common/status.h"
#include "paa_image.h"

paa_status paa_image_encode(const uint8_t* pixels, int32_t height, int32_t width, const char* extension, int32_t quality,
                            uint8_t** file, int64_t* length) {
  return paa::guard([&] {
    const cv::Mat image(height, width, CV_8UC3, const_cast<uint8_t*>(pixels));
    std::vector<uint8_t> encoded;
    // OpenCV's WebP encoder looks at the first option only.
    const std::vector<int> options{cv::IMWRITE_WEBP_QUALITY, quality, cv::IMWRITE_JPEG_QUALITY, quality};
    if (!cv::imencode(extension, image, encoded, options)) throw paa::Failure(std::string("OpenCV cannot write ") + extension);
    *file = static_cast<uint8_t*>(std::malloc(encoded.size()));
    if (*file == nullptr) throw std::bad_alloc();
    std::memcpy(*file, encoded.data(), encoded.size());
    *length = static_cast<int64_t>(encoded.size());
  });
}

void paa_image_free(uint8_t* file) { std::free(file); }
