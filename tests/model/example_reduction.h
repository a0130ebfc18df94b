// A model with random components, and rows to apply it to.
#pragma once

#include <gtest/gtest.h>

#include <cmath>

#include "lib/core/hash.h"
#include "lib/core/rng.h"
#include "lib/linalg/orthonormal.h"
#include "lib/model/reduction.h"
#include "lib/store/feature_store.h"

namespace kallos::model {

inline Matrix<float> RandomRows(size_t rows, size_t columns, uint64_t seed) {
  Stream random(seed, "test/rows");
  Matrix<float> out(rows, columns);
  for (size_t i = 0; i < rows * columns; ++i)
    out.data()[i] = static_cast<float>(3 + random.Normal());
  return out;
}

inline Matrix<double> RandomOrthonormal(size_t rows, size_t columns, uint64_t seed) {
  Stream random(seed, "test/orthonormal");
  Matrix<double> out(rows, columns);
  for (size_t i = 0; i < rows * columns; ++i) out.data()[i] = random.Normal();
  EXPECT_TRUE(linalg::Orthonormalise(out.View()));
  return out;
}

// Variance i is decay^i, that of all columns likewise.
inline Reduction ExampleModel(size_t inputs, size_t outputs, uint64_t seed = 1,
                              double decay = 0.9) {
  Reduction model;
  model.source = {"test", R"({"half":false,"name":"test"})", "", Sha256Hex("content"), "train",
                  101};
  model.source.fingerprint = Sha256Hex(model.source.description);
  model.key = Sha256Hex("key");
  model.rank = static_cast<int64_t>(inputs);
  const Matrix<double> components = RandomOrthonormal(outputs, inputs, seed);
  model.components = Matrix<float>(outputs, inputs);
  std::copy_n(components.data(), outputs * inputs, model.components.data());
  Stream random(seed, "test/mean");
  for (size_t j = 0; j < inputs; ++j) {
    model.mean.push_back(3 + random.Normal());
    model.spectrum.push_back(std::pow(decay, static_cast<double>(j)));
    model.total_variance += model.spectrum.back();
  }
  for (size_t i = 0; i < outputs; ++i) {
    model.explained_variance.push_back(model.spectrum[i]);
    model.explained_variance_ratio.push_back(model.spectrum[i] / model.total_variance);
    model.singular_values.push_back(std::sqrt(100 * model.spectrum[i]));
  }
  return model;
}

// Unmixing = rotation * diag(1 / sqrt(variance)) * components; its pseudo-inverse is the mixing.
inline Reduction ExampleIca(size_t inputs, size_t outputs) {
  Reduction model = ExampleModel(inputs, outputs);
  const Matrix<double> rotation = RandomOrthonormal(outputs, outputs, 5);
  Matrix<float> unmixing(outputs, inputs);
  model.mixing = Matrix<float>(outputs, inputs);
  for (size_t i = 0; i < outputs; ++i) {
    for (size_t j = 0; j < inputs; ++j) {
      double to = 0;
      double back = 0;
      for (size_t m = 0; m < outputs; ++m) {
        const double sd = std::sqrt(model.explained_variance[m]);
        to += rotation(i, m) / sd * model.components(m, j);
        back += rotation(i, m) * sd * model.components(m, j);
      }
      unmixing(i, j) = static_cast<float>(to);
      model.mixing(i, j) = static_cast<float>(back);
    }
  }
  model.components = unmixing;
  model.method = ReductionMethod::kIca;
  return model;
}

}  // namespace kallos::model
