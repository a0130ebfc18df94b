// The words for an extractor's choices, the same on the command line and in a store's description.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lib/config/config.h"
#include "lib/nn/backbone.h"

namespace kallos {

template <>
struct EnumNames<nn::Taps> {
  static std::vector<std::pair<nn::Taps, std::string>> Table() {
    return {{nn::Taps::kPooled, "pooled"},
            {nn::Taps::kMultigap, "multigap"},
            {nn::Taps::kOutputs, "outputs"}};
  }
};

template <>
struct EnumNames<nn::Scaling> {
  static std::vector<std::pair<nn::Scaling, std::string>> Table() {
    return {{nn::Scaling::kUnit, "unit"},
            {nn::Scaling::kSymmetric, "symmetric"},
            {nn::Scaling::kImagenet, "imagenet"}};
  }
};

}  // namespace kallos
