// The words for methods and rows, the same on the command line and in a model file.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lib/config/config.h"
#include "lib/model/reduction.h"

namespace kallos {

template <>
struct EnumNames<model::Method> {
  static std::vector<std::pair<model::Method, std::string>> Table() {
    return {{model::Method::kPca, "pca"},
            {model::Method::kRandomized, "randomized"},
            {model::Method::kIca, "ica"}};
  }
};

}  // namespace kallos
