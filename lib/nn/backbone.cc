#include "lib/nn/backbone.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "lib/core/cpu.h"
#include "lib/core/error.h"
#include "lib/device/libtorch.h"
#include "lib/nn/declaration.h"
#include "lib/nn/ready_network.h"
#include "lib/nn/weight_mapping.h"
#include "lib/parallel/parallel.h"

namespace kallos::nn {
namespace {

at::ScalarType TypeOf(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
    case Precision::kTf32:
      return at::kFloat;
    case Precision::kFp16:
      return at::kHalf;
    case Precision::kBf16:
      return at::kBFloat16;
  }
  throw BugError("precision");
}

// Per channel: network input = value * factor + offset.
struct Affine {
  std::array<float, 3> factor, offset;
};

Affine AffineOf(Scaling scaling) {
  switch (scaling) {
    case Scaling::kUnit:
      return {{1 / 255.f, 1 / 255.f, 1 / 255.f}, {0, 0, 0}};
    case Scaling::kSymmetric:
      return {{1 / 127.5f, 1 / 127.5f, 1 / 127.5f}, {-1, -1, -1}};
    case Scaling::kImagenet:
      return {{1 / 255.f / 0.229f, 1 / 255.f / 0.224f, 1 / 255.f / 0.225f},
              {-0.485f / 0.229f, -0.456f / 0.224f, -0.406f / 0.225f}};
  }
  throw BugError("scaling");
}

// [N, 3, H, W] in channels-last order, which is how pictures lie in memory.
at::Tensor InputTensor(std::span<const PictureF> pictures, Scaling scaling) {
  const Affine affine = AffineOf(scaling);
  const int64_t h = pictures[0].height;
  const int64_t w = pictures[0].width;
  at::Tensor nhwc = at::empty({static_cast<int64_t>(pictures.size()), h, w, 3}, at::kFloat);
  float* out = nhwc.data_ptr<float>();
  for (const PictureF& picture : pictures) {
    KALLOS_CHECK(picture.height == h && picture.width == w, "pictures of one batch differ in size");
    for (size_t i = 0; i < picture.rgb.size(); ++i)
      out[i] = picture.rgb[i] * affine.factor[i % 3] + affine.offset[i % 3];
    out += picture.rgb.size();
  }
  return nhwc.permute({0, 3, 1, 2});
}

// The same on a device, where pictures arrive as they are and are scaled: from pinned memory, into which all threads
// copy them.
at::Tensor InputTensorOn(at::Device device, std::span<const PictureF> pictures, Scaling scaling) {
  const Affine affine = AffineOf(scaling);
  const at::Tensor factor = at::tensor(affine.factor).to(device), offset = at::tensor(affine.offset).to(device);
  const int64_t h = pictures[0].height, w = pictures[0].width;
  const at::Tensor staged = at::empty({static_cast<int64_t>(pictures.size()), h, w, 3},
                                      at::TensorOptions().dtype(at::kFloat).pinned_memory(true));
  float* out = staged.data_ptr<float>();
  ParallelFor(pictures.size(), [&](size_t i) {
    KALLOS_CHECK(pictures[i].height == h && pictures[i].width == w, "pictures of one batch differ in size");
    std::ranges::copy(pictures[i].rgb, out + i * pictures[i].rgb.size());
  });
  return at::addcmul(offset, staged.to(device, at::kFloat, /*non_blocking=*/true), factor).permute({0, 3, 1, 2});
}

class GraphBackbone : public Backbone {
 public:
  GraphBackbone(const Architecture& architecture, Taps kind) : architecture_(architecture), kind_(kind) {
    Declaration declaration;
    architecture_.build(declaration, architecture_);
    convs_ = declaration.convs;
    taps_ = declaration.taps.at(kind);
  }

  const std::string& name() const override { return architecture_.name; }
  const std::vector<Tap>& taps() const override { return taps_; }
  int64_t dimension() const override { return taps_.back().offset + taps_.back().channels; }
  int minimum_size() const override { return architecture_.minimum_size; }
  Scaling default_scaling() const override { return architecture_.scaling; }

  void LoadWeights(const weights::TensorFile& file) override {
    values_ = TakeParameters(KerasLayout(architecture_.name), file, architecture_.name).values;
  }

  void RandomWeights(uint64_t seed) override { values_ = RandomParameters(KerasLayout(architecture_.name), seed); }

  void Prepare(const Device& device, Precision precision) override {
    KALLOS_CHECK(!values_.empty(), "weights come first");
    if (!device.cuda && (precision == Precision::kFp16 || precision == Precision::kTf32)) {
      throw UsageError("--precision fp16 and tf32 need --device cuda; on the CPU there are fp32 and bf16");
    }
    if (!device.cuda && precision == Precision::kBf16 && !CpuHasBf16())
      throw EnvironmentError("--precision bf16: this CPU has no AVX-512, which it needs; use --precision fp32");
    at::globalContext().setAllowTF32CuBLAS(precision == Precision::kTf32);
    at::globalContext().setAllowTF32CuDNN(precision == Precision::kTf32);
    where_ = device;
    network_ = std::make_unique<ReadyNetwork>(convs_, values_, device, TypeOf(precision));
    values_.clear();
  }

  Matrix<float> Extract(std::span<const PictureF> pictures, Scaling scaling) const override {
    KALLOS_CHECK(network_ != nullptr && !pictures.empty());
    Matrix<float> features(pictures.size(), static_cast<size_t>(dimension()));
    // On the CPU one at a time: a batch would change which kernel is chosen, and with it the last bits.
    size_t step = where_.cuda ? pictures.size() : 1;
    for (size_t i = 0; i < pictures.size();) {
      const size_t count = std::min(step, pictures.size() - i);
      try {
        const at::Tensor rows = Guarded(where_, [&] { return Run(pictures.subspan(i, count), scaling); });
        std::memcpy(features.Row(i).data(), rows.data_ptr<float>(), sizeof(float) * count * features.columns());
        i += count;
      } catch (const c10::OutOfMemoryError& error) {
        if (count == 1) {
          throw EnvironmentError(
              "--device {}: not even one picture of {} x {} fits into its memory ({}); use --device cpu", where_.Name(),
              pictures[i].width, pictures[i].height, error.what_without_backtrace());
        }
        step = count / 2;
      }
    }
    return features;
  }

 private:
  at::Tensor Run(std::span<const PictureF> pictures, Scaling scaling) const {
    const c10::InferenceMode inference;
    const at::Tensor input =
        where_.cuda ? InputTensorOn(AtDevice(where_), pictures, scaling) : InputTensor(pictures, scaling);
    return network_->Run(input, kind_, [&](TorchExecution& execution) {
      architecture_.build(execution, architecture_);
      return execution.Features();
    });
  }

  const Architecture& architecture_;
  Taps kind_;
  std::vector<ConvSpec> convs_;
  std::vector<Tap> taps_;
  ParameterValues values_;
  std::unique_ptr<ReadyNetwork> network_;
  Device where_;
};

}  // namespace

bool CpuHasBf16() {
  return CpuHasAvx512();
}

std::unique_ptr<Backbone> MakeBackbone(const std::string& name, Taps taps) {
  return std::make_unique<GraphBackbone>(FindArchitecture(name), taps);
}

}  // namespace kallos::nn
