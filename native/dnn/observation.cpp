#include "observation.h"

#include <algorithm>
#include <cmath>

#include "paa_dnn.h"

namespace {

// What one thread saw.
struct Seen {
  std::vector<int64_t> bins = std::vector<int64_t>(PAA_DNN_BINS);
  float least = 0;
};

float largest_magnitude(const paa::BlockedMap& map) {
  const int64_t blocks = (map.channels + map.lanes - 1) / map.lanes;
  const int64_t count = map.images * blocks * map.plane * map.lanes;  // channels that fill the last block are 0
  float largest = 0;
#pragma omp parallel for reduction(max : largest) schedule(static)
  for (int64_t i = 0; i < count; i++) largest = std::max(largest, std::abs(map.values[i]));
  return largest;
}

}  // namespace

void paa::Observation::add(const BlockedMap& map) {
  widen(largest_magnitude(map));
  const float parts = limit_ > 0 ? PAA_DNN_BINS / limit_ : 0;
  const int blocks = (map.channels + map.lanes - 1) / map.lanes;
  constexpr int64_t chunk = 1024;  // positions that stay in cache from lane to lane
#pragma omp parallel
  {
    Seen seen;
#pragma omp for schedule(static)
    for (int block = 0; block < blocks; block++)
      for (int n = 0; n < map.images; n++)
        for (int64_t start = 0; start < map.plane; start += chunk)
          for (int lane = 0; lane < std::min(map.lanes, map.channels - block * map.lanes); lane++) {
            const float* values = map.values + (int64_t(n) * blocks + block) * map.plane * map.lanes + lane;
            double sum = 0;
            for (int64_t i = start; i < std::min(map.plane, start + chunk); i++) {
              const float x = values[i * map.lanes];
              const float place = std::abs(x) * parts;
              sum += x;
              seen.least = std::min(seen.least, x);
              seen.bins[place < PAA_DNN_BINS ? int(place) : PAA_DNN_BINS - 1]++;  // not a number: the last
            }
            sums_[block * map.lanes + lane] += sum;
          }
#pragma omp critical
    {
      for (int i = 0; i < PAA_DNN_BINS; i++) bins_[i] += seen.bins[i];
      least_ = std::min(least_, seen.least);
    }
  }
  positions_ += map.images * map.plane;
}

std::vector<double> paa::Observation::means() const {
  std::vector<double> means = sums_;
  for (double& mean : means) mean /= double(std::max<int64_t>(positions_, 1));
  return means;
}

// The first map sets the limit; a larger value doubles it until it fits, and two bins become one each time.
void paa::Observation::widen(float largest) {
  if (bins_.empty()) bins_.resize(PAA_DNN_BINS);
  if (!std::isfinite(largest) || largest == 0) return;
  if (limit_ == 0) limit_ = std::nextafter(largest, INFINITY);
  for (; largest >= limit_; limit_ *= 2)
    for (int i = 0; i < PAA_DNN_BINS; i++) bins_[i] = i < PAA_DNN_BINS / 2 ? bins_[2 * i] + bins_[2 * i + 1] : 0;
}
