#include <opencv2/imgproc.hpp>

#include "../common/status.h"
#include "paa_image.h"

paa_status paa_image_draw_text(uint8_t* pixels, int32_t height, int32_t width, const char* text, int32_t x, int32_t y,
                               double scale, int32_t thickness, uint8_t blue, uint8_t green, uint8_t red) {
  return paa::guard([&] {
    cv::Mat image(height, width, CV_8UC3, pixels);
    cv::putText(image, text, {x, y}, cv::FONT_HERSHEY_SIMPLEX, scale, cv::Scalar(blue, green, red), thickness, cv::LINE_AA);
  });
}

paa_status paa_image_measure_text(const char* text, double scale, int32_t thickness, int32_t* width, int32_t* ascent,
                                  int32_t* descent) {
  return paa::guard([&] {
    int below = 0;
    const cv::Size size = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, scale, thickness, &below);
    *width = size.width;
    *ascent = size.height;
    *descent = below;
  });
}
