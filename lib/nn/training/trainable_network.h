// A network that learns: pictures in, numbers out (of its dense top, or the averages of its taps),
// gradients of a loss back. No LibTorch type in this header.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/core/matrix.h"
#include "lib/core/picture.h"
#include "lib/device/device.h"
#include "lib/nn/backbone.h"
#include "lib/nn/training/optimizer_options.h"
#include "lib/weights/tensor_file.h"

namespace kallos::nn {

struct TrainingOptions {
  std::string network;         // one of BackboneNames()
  Taps taps = Taps::kOutputs;  // what the network gives
  int64_t outputs = 0;         // of the dense top, above 0 with Taps::kOutputs, else 0
  // Before the top, in training; the architecture's own where not given.
  std::optional<double> dropout = {};
  // Layers up to this convolution or tap ("block2", "conv5", ...) stay as they are, with their
  // batch norms in inference mode; "" freezes nothing.
  std::string freeze = "";
  std::optional<Scaling> scaling = {};  // the architecture's own where not given
  Device device = {};
  // Of products: fp32, or tf32 on CUDA.
  Precision precision = Precision::kFp32;
  OptimizerOptions optimizer = {};
};

class TrainableNetwork {
 public:
  // Throws UsageError for an unknown network or layer to freeze, settings out of range, a precision
  // that the device does not train in.
  explicit TrainableNetwork(const TrainingOptions& options);
  ~TrainableNetwork();
  TrainableNetwork(TrainableNetwork&&) noexcept;

  // One of these three, or set_state, comes first; each begins with a fresh optimiser.
  // He-normal kernels from named streams of `seed`, batch norms as identity, biases 0.
  void Initialize(uint64_t seed);
  // All parameters. Throws InputError that lists every missing, unexpected or mis-shaped tensor.
  void Load(const weights::TensorFile& file);
  // All but the top, which begins as Initialize(seed) makes it; a classifier in the file is left
  // out.
  void LoadBody(const weights::TensorFile& file, uint64_t seed);

  // The optimiser is new: moments of 0, steps counted anew for it; the moving average goes on.
  void ForgetMoments();

  int64_t outputs() const;  // how many numbers a picture gives
  int64_t steps() const;    // so far
  // Names and shapes in the order of a Keras file; what is saved as a student's weights.
  std::vector<weights::Tensor> parameters() const;
  std::vector<weights::Tensor> average() const;  // the moving average of them, if one is kept

  // Fills in the gradient of the loss by the outputs; both pictures.size() x outputs.
  using LossGradient =
      std::function<void(MatrixView<const float> outputs, MatrixView<float> gradient)>;
  struct StepResult {
    Matrix<float> outputs;       // in training mode, before the step
    double gradient_length = 0;  // over all parameters, before clipping
  };
  // One step over one batch of pictures of equal size (0..255). Dropout draws from streams of
  // `seed` and steps(). On the CPU byte-identical at any thread count. Throws InputError if outputs
  // or gradient are not finite: nothing was learnt then but the moving statistics, EnvironmentError
  // where the batch does not fit into the device's memory.
  StepResult Step(std::span<const PictureF> pictures, double learning_rate, uint64_t seed,
                  const LossGradient& loss);

  // Outputs in inference mode, pictures.size() x outputs; of the averaged weights if `averaged`.
  // Each picture's result is independent of the others.
  Matrix<float> Infer(std::span<const PictureF> pictures, bool averaged = false) const;

  // All that the next steps depend on besides the options: parameters, the optimiser's moments, the
  // average, the count of steps. Training goes on from it to the same bytes.
  std::vector<weights::Tensor> state() const;
  // Throws InputError naming the first tensor that is missing, unexpected or of another shape.
  void set_state(const std::vector<weights::Tensor>& tensors, const std::string& origin);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace kallos::nn
