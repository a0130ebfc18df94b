// The words for methods and rows, the same on the command line and in a model file.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lib/config/config.h"
#include "pca/model.h"
#include "pca/training_rows.h"

namespace kallos {

template <>
struct EnumNames<pca::Method> {
  static std::vector<std::pair<pca::Method, std::string>> Table() {
    return {{pca::Method::kPca, "pca"}, {pca::Method::kRandomized, "randomized"}, {pca::Method::kIca, "ica"}};
  }
};

template <>
struct EnumNames<pca::Rows> {
  static std::vector<std::pair<pca::Rows, std::string>> Table() {
    return {{pca::Rows::kTrain, "train"}, {pca::Rows::kTrainVal, "train+val"}, {pca::Rows::kAll, "all"}};
  }
};

}  // namespace kallos
