// Features by Keras's own model code in float64 (every 16th of the 16928 of InceptionResNetV2, all
// 1280 of EfficientNet B0, the outputs of the published student), with the weights of
// reference_weights.h, and how far ours are from them.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/backbone.h"
#include "tests/nn/reference_weights.h"

namespace kallos::nn {

inline std::vector<float> ReadExpected(const std::string& name) {
  std::ifstream stream(std::string(KALLOS_SOURCE_DIR) + "/tests/nn/data/" + name);
  std::vector<float> values;
  for (float value = 0; stream >> value;) values.push_back(value);
  return values;
}

struct Deviation {
  double l2 = 0;       // relative L2 error
  double largest = 0;  // largest error over the largest reference value
};

inline Deviation Compare(std::span<const float> found, const std::vector<float>& expected,
                         size_t step) {
  double error = 0, norm = 0, worst = 0, top = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::abs(double{found[i * step]} - expected[i]);
    error += difference * difference;
    norm += double{expected[i]} * expected[i];
    worst = std::max(worst, difference);
    top = std::max(top, std::abs(double{expected[i]}));
  }
  return {std::sqrt(error / norm), worst / top};
}

// A network with its picture and the values expected.
struct Reference {
  std::string name;
  Taps taps;
  int size;  // height and width
  std::string file;
  size_t step;          // every so many values are there
  int64_t outputs = 0;  // of the top
};
inline const Reference kInceptionResnetV2 = {"inception_resnet_v2", Taps::kMultigap, 299,
                                             "irn_299x299.txt", 16};
inline const Reference kEfficientNetB0 = {"efficientnet_b0", Taps::kPooled, 224,
                                          "effb0_224x224.txt", 1};

inline const Reference kNarrow10 = {
    "shufflenet_v2_narrow_legacy", Taps::kOutputs, 96, "shufflenet_narrow_10_96x96.txt", 1, 10};
inline const Reference kNarrow8464 = {"shufflenet_v2_narrow_legacy",
                                      Taps::kOutputs,
                                      96,
                                      "shufflenet_narrow_8464_96x96.txt",
                                      16,
                                      8464};

inline Deviation Compare(const Reference& reference, const std::string& how,
                         std::span<const float> features) {
  const Deviation deviation = Compare(features, ReadExpected(reference.file), reference.step);
  fmt::print("{} {}: relative L2 {:.2e}, largest {:.2e}\n", reference.name, how, deviation.l2,
             deviation.largest);
  return deviation;
}

inline Deviation Deviate(const Reference& reference, const Device& device, Precision precision) {
  const std::unique_ptr<Backbone> backbone =
      MakeBackbone(reference.name, reference.taps, reference.outputs);
  backbone->LoadWeights(ReferenceWeights(reference.name, reference.outputs));
  backbone->Prepare(device, precision);
  const std::vector<PictureF> pictures = {ReferencePicture(reference.size, reference.size)};
  const Matrix<float> features = backbone->Extract(pictures, backbone->default_scaling());
  return Compare(reference, device.Name() + " " + EnumName(precision), features.Row(0));
}

constexpr double kFp32 = 1e-4;  // a correct float32 program reaches about 1e-6
constexpr double kBf16 = 0.1;   // 8 bits of mantissa through a hundred layers

inline void ExpectNear(const Deviation& deviation) {
  EXPECT_LT(deviation.l2, kFp32);
  EXPECT_LT(deviation.largest, kFp32);
}

}  // namespace kallos::nn
