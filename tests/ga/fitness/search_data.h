// Random rows whose class some columns tell, and individuals to train on: what the tests of the
// fitness share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "ga/fitness/head_fitness.h"
#include "lib/core/rng.h"

namespace kallos::ga {

class SearchDataTest : public testing::Test {
 protected:
  // The first `informative` of the columns are `shift` larger in good rows, against noise of 1.
  // Every third row validates.
  SearchDataTest(size_t rows, size_t columns, size_t informative, double shift)
      : features_(rows, columns) {
    Stream stream(1, "test/search");
    for (size_t i = 0; i < rows; ++i) {
      labels_.push_back(static_cast<int>(stream.Below(2)));
      for (size_t j = 0; j < columns; ++j)
        features_(i, j) =
            static_cast<float>(stream.Normal() + (j < informative ? shift * labels_[i] : 0));
    }
    Fold fold;
    for (size_t i = 0; i < rows; ++i)
      (i % 3 == 0 ? fold.validation_rows : fold.train_rows).push_back(i);
    data_.folds = {fold};
  }

  // Individuals of every third column or so, each beginning elsewhere.
  void AddIndividuals(int32_t count, int32_t selected) {
    const auto columns = static_cast<int32_t>(features_.columns());
    for (int32_t k = 0; k < count; ++k) {
      Columns individual;
      for (int32_t j = 0; j < selected; ++j) individual.push_back((3 * j + 7 * k) % columns);
      individuals_.push_back(std::move(individual));
    }
  }

  Matrix<float> features_;
  std::vector<int> labels_;
  Recipe recipe_;
  Metric metric_ = Metric::kAccuracy;
  FitnessData data_{std::as_const(features_).View(), labels_, {}};
  std::vector<Columns> individuals_;
};

}  // namespace kallos::ga
