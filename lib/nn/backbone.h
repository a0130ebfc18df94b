// Convolutional backbones as feature extractors. No LibTorch type in this header.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lib/core/enum_names.h"
#include "lib/core/matrix.h"
#include "lib/core/picture.h"
#include "lib/device/device.h"
#include "lib/device/precision.h"
#include "lib/nn/taps.h"
#include "lib/weights/tensor_file.h"

namespace kallos::nn {

// Whether --precision bf16 can be computed on this CPU.
bool CpuHasBf16();

// How 0..255 becomes the network's input: v/255; v/127.5 - 1; (v/255 - mean)/std of ImageNet.
enum class Scaling { kUnit, kSymmetric, kImagenet };
inline NamedValues<Scaling> EnumTable(Scaling) {
  using enum Scaling;
  return {{kUnit, "unit"}, {kSymmetric, "symmetric"}, {kImagenet, "imagenet"}};
}

// Every name that MakeBackbone takes.
const std::vector<std::string>& BackboneNames();

// Name of the dense layer that a backbone gets on top where it has outputs: "dense1". Throws
// UsageError for an unknown backbone.
std::string TopLayer(const std::string& backbone);

class Backbone {
 public:
  virtual ~Backbone() = default;
  virtual const std::string& name() const = 0;  // "inception_resnet_v2"
  virtual const std::vector<Tap>& taps() const = 0;
  virtual int64_t dimension() const = 0;  // sum of the taps' channels
  virtual int minimum_size() const = 0;   // smallest height and width that it takes
  virtual Scaling default_scaling() const = 0;

  // Exactly one of these two, once.
  // Throws InputError that lists every missing, unexpected or mis-shaped tensor.
  virtual void LoadWeights(const weights::TensorFile& file) = 0;
  // Untrained weights, for demonstrations and tests: He-normal kernels, from named streams of
  // `seed`.
  virtual void RandomWeights(uint64_t seed) = 0;

  // Folds batch norms and moves to the device. Then Extract may be called, on the CPU from several
  // threads at once. Throws UsageError for a precision that the device never has, EnvironmentError
  // for one that this CPU lacks.
  virtual void Prepare(const Device& device, Precision precision) = 0;

  // Features of pictures of equal size (already resized, 0..255): pictures.size() x dimension. On
  // the CPU each picture's result is independent of the others and of the thread count.
  virtual Matrix<float> Extract(std::span<const PictureF> pictures, Scaling scaling) const = 0;
};

// With a dense layer of `outputs` numbers at its top if that is above 0, which Taps::kOutputs
// needs.
std::unique_ptr<Backbone> MakeBackbone(const std::string& name, Taps taps, int64_t outputs = 0);

}  // namespace kallos::nn
