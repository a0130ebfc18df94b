#include "lib/nn/backbone.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstring>

#include "lib/core/cpu.h"
#include "lib/core/error.h"
#include "lib/device/libtorch.h"
#include "lib/nn/architecture.h"
#include "lib/nn/declaration.h"
#include "lib/nn/input_tensor.h"
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

class GraphBackbone : public Backbone {
 public:
  GraphBackbone(Architecture architecture, Taps kind)
      : architecture_(std::move(architecture)), kind_(kind) {
    KALLOS_CHECK(kind != Taps::kOutputs || architecture_.outputs > 0,
                 "a network without a top has no outputs");
    Declaration declaration;
    BuildNetwork(declaration, architecture_);
    convs_ = declaration.convs;
    taps_ = declaration.taps.at(kind);
  }

  const std::string& name() const override { return architecture_.name; }
  const std::vector<Tap>& taps() const override { return taps_; }
  int64_t dimension() const override { return taps_.back().offset + taps_.back().channels; }
  int minimum_size() const override { return architecture_.minimum_size; }
  Scaling default_scaling() const override { return architecture_.scaling; }

  void LoadWeights(const weights::TensorFile& file) override {
    values_ = TakeParameters(Layout(), file, architecture_.name).values;
  }

  void RandomWeights(uint64_t seed) override { values_ = RandomParameters(Layout(), seed); }

  void Prepare(const Device& device, Precision precision) override {
    KALLOS_CHECK(!values_.empty(), "weights come first");
    if (!device.cuda && (precision == Precision::kFp16 || precision == Precision::kTf32)) {
      throw UsageError(
          "--precision fp16 and tf32 need --device cuda; on the CPU there are fp32 and bf16");
    }
    if (!device.cuda && precision == Precision::kBf16 && !CpuHasBf16())
      throw EnvironmentError(
          "--precision bf16: this CPU has no AVX-512, which it needs; use --precision fp32");
    at::globalContext().setAllowTF32CuBLAS(precision == Precision::kTf32);
    at::globalContext().setAllowTF32CuDNN(precision == Precision::kTf32);
    where_ = device;
    network_ = std::make_unique<ReadyNetwork>(convs_, values_, device, TypeOf(precision));
    values_.clear();
  }

  Matrix<float> Extract(std::span<const PictureF> pictures, Scaling scaling) const override {
    KALLOS_CHECK(network_ != nullptr && !pictures.empty());
    Matrix<float> features(pictures.size(), static_cast<size_t>(dimension()));
    // On the CPU one at a time: a batch would change which kernel is chosen, and with it the last
    // bits.
    size_t step = where_.cuda ? pictures.size() : 1;
    for (size_t i = 0; i < pictures.size();) {
      const size_t count = std::min(step, pictures.size() - i);
      try {
        const at::Tensor rows =
            Guarded(where_, [&] { return Run(pictures.subspan(i, count), scaling); });
        std::memcpy(features.Row(i).data(), rows.data_ptr<float>(),
                    sizeof(float) * count * features.columns());
        i += count;
      } catch (const c10::OutOfMemoryError& error) {
        if (count == 1) {
          throw EnvironmentError(
              "--device {}: not even one picture of {} x {} fits into its memory ({}); use "
              "--device cpu",
              where_.Name(), pictures[i].width, pictures[i].height, error.what_without_backtrace());
        }
        step = count / 2;
      }
    }
    return features;
  }

 private:
  std::vector<ParameterLayer> Layout() const {
    return KerasLayout(architecture_.name, architecture_.outputs);
  }

  at::Tensor Run(std::span<const PictureF> pictures, Scaling scaling) const {
    const c10::InferenceMode inference;
    const at::Tensor input = where_.cuda ? InputTensorOn(AtDevice(where_), pictures, scaling)
                                         : InputTensor(pictures, scaling);
    return network_->Run(input, kind_, [&](TorchExecution& execution) {
      BuildNetwork(execution, architecture_);
      return execution.Features();
    });
  }

  Architecture architecture_;
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

std::unique_ptr<Backbone> MakeBackbone(const std::string& name, Taps taps, int64_t outputs) {
  return std::make_unique<GraphBackbone>(FindArchitecture(name, outputs), taps);
}

}  // namespace kallos::nn
