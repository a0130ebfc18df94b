// What a network gives: which of its maps become features.
#pragma once

#include <cstdint>
#include <string>

#include "lib/core/enum_names.h"

namespace kallos::nn {

// kPooled: the average of the last map. kMultigap: the averages of maps all along the network.
// kOutputs: the numbers of the dense layer at the top.
enum class Taps { kPooled, kMultigap, kOutputs };
inline NamedValues<Taps> EnumTable(Taps) {
  using enum Taps;
  return {{kPooled, "pooled"}, {kMultigap, "multigap"}, {kOutputs, "outputs"}};
}

// A layer whose global average is part of the feature vector.
struct Tap {
  std::string layer;  // Keras's layer name: "block35_1_mixed"
  int64_t channels = 0;
  int64_t offset = 0;  // of its first channel in the feature vector
};

}  // namespace kallos::nn
