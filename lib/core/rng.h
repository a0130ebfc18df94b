// Counter-based random numbers with named streams: the n-th number of a stream depends on the
// stream's name and n only, never on what other streams drew, on threads or on the platform.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace kallos {

// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
std::array<uint32_t, 4> Philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

// Stream(seed, "ga/mutation", generation, row). Cheap to make: one per item, not one per loop. Not
// thread-safe; copy it.
class Stream {
 public:
  Stream(uint64_t seed, std::string_view name, uint64_t index0 = 0, uint64_t index1 = 0);

  uint32_t Next32();
  uint64_t Next64();
  double Uniform();                         // [0, 1), 53 random bits
  double Uniform(double low, double high);  // [low, high)
  uint64_t Below(uint64_t bound);           // 0 .. bound-1 without bias; bound > 0
  double Normal();                          // mean 0, sd 1 (Box-Muller)
  double TruncatedNormal();                 // Normal redrawn until within 2; its sd is 0.87962566

  // Fisher-Yates.
  template <typename T>
  void Shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[Below(i)]);
  }

 private:
  std::array<uint32_t, 2> key_;
  uint64_t index0_;
  uint64_t block_ = 0;
  std::array<uint32_t, 4> buffer_{};
  int used_ = 4;
};

}  // namespace kallos
