#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "../common/status.h"
#include "jpeg.h"
#include "paa_image.h"

namespace {

// As OpenCV's ExifTransform: what brings each of the eight orientations upright.
void orient(const cv::Mat& stored, int orientation, cv::Mat& upright) {
  constexpr int VERTICAL = 0, HORIZONTAL = 1, BOTH = -1;
  cv::Mat turned;
  if (orientation >= 5)
    cv::transpose(stored, turned);
  else
    turned = stored;
  switch (orientation) {
    case 2:
    case 6: cv::flip(turned, upright, HORIZONTAL); break;
    case 3:
    case 7: cv::flip(turned, upright, BOTH); break;
    case 4:
    case 8: cv::flip(turned, upright, VERTICAL); break;
    default: turned.copyTo(upright); break;
  }
}

void decode_jpeg_upright(const uint8_t* file, size_t length, int orientation, cv::Mat& upright) {
  if (orientation <= 1) {
    paa::decode_jpeg(file, length, upright.data, upright.rows, upright.cols);
    return;
  }
  const bool turned = orientation >= 5;
  cv::Mat stored(turned ? upright.cols : upright.rows, turned ? upright.rows : upright.cols, CV_8UC3);
  paa::decode_jpeg(file, length, stored.data, stored.rows, stored.cols);
  orient(stored, orientation, upright);
}

void decode_other(const uint8_t* file, size_t length, cv::Mat& upright) {
  const cv::Mat bytes(1, static_cast<int>(length), CV_8U, const_cast<uint8_t*>(file));
  const cv::Mat decoded = cv::imdecode(bytes, cv::IMREAD_COLOR);
  if (decoded.empty()) throw paa::Failure("the file is damaged or cut off");
  if (decoded.size() != upright.size() || decoded.type() != CV_8UC3)
    throw paa::Failure("the pixels have another size than the header says");
  decoded.copyTo(upright);
}

}  // namespace

paa_status paa_image_decode(const uint8_t* file, int64_t length, int32_t format, int32_t orientation, uint8_t* pixels,
                            int32_t height, int32_t width) {
  return paa::guard([&] {
    cv::Mat upright(height, width, CV_8UC3, pixels);
    if (format == PAA_IMAGE_JPEG)
      decode_jpeg_upright(file, static_cast<size_t>(length), orientation, upright);
    else
      decode_other(file, static_cast<size_t>(length), upright);
  });
}
