#include <opencv2/imgproc.hpp>

#include "../common/status.h"
#include "paa_image.h"

paa_status paa_image_resize(const uint8_t* source, int32_t source_height, int32_t source_width, uint8_t* target,
                            int32_t target_height, int32_t target_width, int32_t interpolation) {
  return paa::guard([&] {
    const cv::Mat from(source_height, source_width, CV_8UC3, const_cast<uint8_t*>(source));
    cv::Mat to(target_height, target_width, CV_8UC3, target);
    cv::resize(from, to, to.size(), 0, 0, interpolation);
  });
}

paa_status paa_image_resize_float(const float* source, int32_t source_height, int32_t source_width, float* target,
                                  int32_t target_height, int32_t target_width) {
  return paa::guard([&] {
    const cv::Mat from(source_height, source_width, CV_32FC3, const_cast<float*>(source));
    cv::Mat to(target_height, target_width, CV_32FC3, target);
    cv::resize(from, to, to.size(), 0, 0, cv::INTER_LINEAR);
  });
}

paa_status paa_image_convert_color(float* pixels, int32_t height, int32_t width, int32_t conversion) {
  return paa::guard([&] {
    cv::Mat image(height, width, CV_32FC3, pixels);
    cv::cvtColor(image, image, conversion == PAA_IMAGE_BGR_TO_HSV ? cv::COLOR_BGR2HSV : cv::COLOR_HSV2BGR);
  });
}
