#include "paa_image.h"

#include "../common/status.h"

#include <jpeglib.h>

#include <cstdio>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>

namespace {

int ignore_error(int, const char*, const char*, const char*, int, void*) { return 0; }

// OpenCV's settings are global to the process, so they are made once, before the first use.
void configure_opencv() {
  cv::setNumThreads(1);
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  cv::redirectError(ignore_error);  // messages travel in the exceptions
}

}  // namespace

int32_t paa_image_abi_version() {
  static const bool configured = (configure_opencv(), true);
  (void)configured;
  return PAA_IMAGE_ABI_VERSION;
}

const char* paa_image_last_error() { return paa::last_error().c_str(); }

const char* paa_image_versions() {
#define PAA_TEXT_OF(x) #x
#define PAA_TEXT(x) PAA_TEXT_OF(x)
  static const std::string versions = "OpenCV " + cv::getVersionString() + ", libjpeg-turbo " PAA_TEXT(LIBJPEG_TURBO_VERSION);
  return versions.c_str();
}
