// Training of the head on the CPU: forward, backward and Adam written out, cut into fixed tiles, so
// that the weights are byte-identical at any thread count.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "lib/core/enum_names.h"
#include "lib/linalg/bf16.h"
#include "lib/model/head.h"

namespace kallos::train {

// Adam (Kingma and Ba, ICLR 2015) as Keras has it.
struct AdamSettings {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-7;
};

// What a training step reads: rows of `features` by index, with a class and a weight each.
struct TrainingData {
  MatrixView<const float> features;
  const std::vector<int>& labels;          // by row of features
  const std::vector<float>& class_weight;  // by class
  std::span<const int32_t> columns =
      {};  // of the features, in the order of the head's inputs; empty = all
};

// How batch norm's moving mean and variance follow the batches, at Keras's momentum of 0.99.
// debiased: without the weight of the 0 and 1 that they start from, as Adam corrects its moments;
// keras: with it.
enum class MovingStatistics { kDebiased, kKeras };
inline NamedValues<MovingStatistics> EnumTable(MovingStatistics) {
  using enum MovingStatistics;
  return {{kDebiased, "debiased"}, {kKeras, "keras"}};
}

// Of the products: fp32; tf32 (inputs rounded to 10 bits, on CUDA; fp32 on the CPU); bf16 (inputs
// rounded to 7 bits, on CUDA and CPUs with AVX-512). Parameters, moments, batch norm and sums stay
// fp32.
enum class Precision { kFp32, kTf32, kBf16 };
inline NamedValues<Precision> EnumTable(Precision) {
  using enum Precision;
  return {{kFp32, "fp32"}, {kTf32, "tf32"}, {kBf16, "bf16"}};
}

struct TrainerOptions {
  std::vector<double> dropout;  // after each hidden layer
  uint64_t seed = 0;
  MovingStatistics moving_statistics = MovingStatistics::kDebiased;
  bool trained =
      false;  // the head comes from a training: its moving statistics hold no initial 0 and 1
  Precision precision = Precision::kFp32;
};

// Turns logits [rows x 2] into the gradient of a loss by them, and returns the loss.
using LogitLoss = std::function<double(Matrix<float>& logits)>;

// Which outputs of a hidden layer dropout keeps in a step (counted from 1): rows x units, 1 = kept.
// The same for all heads of a seed.
Matrix<uint8_t> DropoutMask(uint64_t seed, size_t layer, int64_t step, double dropout, size_t rows,
                            size_t units);

class Trainer {
 public:
  Trainer(model::Head head, TrainerOptions options);

  // One step of Adam on the rows (at least 2, for batch norm's variance); returns the mean loss
  // (cross-entropy times class weight). The dropout masks depend on seed and number of steps only.
  double Step(const TrainingData& data, const std::vector<size_t>& rows, double learning_rate);

  // The same on inputs at hand [rows x inputs] and by any loss; with `input_gradient`, the loss's
  // gradient by the inputs.
  double StepOn(Matrix<float> inputs, const LogitLoss& loss, double learning_rate,
                Matrix<float>* input_gradient = nullptr);

  // Goes on from another head of the same shape with a new optimizer: moments of 0, steps counted
  // anew.
  void StartFit(const model::Head& head);

  const model::Head& head() const { return head_; }
  // Everything a later process needs to go on: weights, both moments, steps.
  std::vector<weights::Tensor> State() const;
  void Restore(const std::vector<weights::Tensor>& state, const std::string& file);

 private:
  // First and second moment of one parameter array.
  struct Moments {
    std::vector<float> m, v;
  };
  // What one layer keeps from the forward pass for the backward pass.
  struct Activations {
    Matrix<float> input;              // batch x in
    Matrix<linalg::Bf16> input_bf16;  // the same, where products are of bfloat16
    Matrix<float> normalised;         // batch x out, after ReLU and normalisation
    Matrix<float> output;             // batch x out: after ReLU, batch norm and dropout
    std::vector<float> inverse_sd;
    Matrix<uint8_t> alive;  // bit 0: ReLU let it through; bit 1: dropout kept it
  };
  // By the product of a layer with its kernel: batch x out.
  struct Gradient {
    Matrix<float> values;
    Matrix<linalg::Bf16> bf16;  // the same, where products are of bfloat16
  };
  struct StepSizes {
    float rate, epsilon;
  };

  void Forward(size_t layer, Activations& a);
  float MovingRate() const;
  void NormaliseColumns(size_t layer, Activations& a, size_t first, size_t last);
  void BackwardColumns(size_t layer, Activations& a, Matrix<float>& gradient, size_t first,
                       size_t last, const StepSizes& sizes);
  Matrix<float> GradientOfInput(size_t layer, const Gradient& gradient) const;
  void UpdateKernel(size_t layer, const Activations& a, const Gradient& gradient,
                    const StepSizes& sizes);
  void RoundKernels();
  bool is_bf16() const { return options_.precision == Precision::kBf16; }
  void UpdateVector(size_t layer, size_t which, size_t index, float gradient,
                    const StepSizes& sizes);
  std::vector<float>& Parameter(size_t layer, size_t which);

  model::Head head_;
  TrainerOptions options_;
  AdamSettings adam_;
  int64_t step_ = 0;                                  // of all fits
  int64_t fit_start_ = 0;                             // step_ when the optimizer was new
  std::vector<Matrix<linalg::Bf16>> kernels_bf16_;    // by layer, where products are of bfloat16
  std::vector<Moments> kernel_moments_;               // by layer
  std::vector<std::vector<Moments>> vector_moments_;  // by layer: bias, gamma, beta
};

}  // namespace kallos::train
