// Statistics of a map over all runs, from which the step of its integers is chosen.
#pragma once

#include <cstdint>
#include <vector>

namespace paa {

// A map in blocks of `lanes` channels, the last not necessarily full, [N, blocks, H * W, lanes].
struct BlockedMap {
  const float* values;
  int images, channels, lanes;
  int64_t plane;
};

class Observation {
 public:
  explicit Observation(int channels) : sums_(channels) {}

  void add(const BlockedMap& map);

  const std::vector<int64_t>& bins() const { return bins_; }  // of absolute values, equal parts of [0, limit)
  float limit() const { return limit_; }
  float least() const { return least_; }
  std::vector<double> means() const;  // of each channel

 private:
  void widen(float largest);

  std::vector<int64_t> bins_;
  std::vector<double> sums_;
  float limit_ = 0, least_ = 0;
  int64_t positions_ = 0;
};

}  // namespace paa
