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
#include "lib/nn/training/adam.h"
#include "train/recipe.h"

namespace kallos::train {

// What a training step reads: rows of `features` by index, with a class and a weight each.
struct TrainingData {
  MatrixView<const float> features;
  const std::vector<int>& labels;          // by row of features
  const std::vector<float>& class_weight;  // by class
  // Of the features, in the order of the head's inputs; empty = all.
  std::span<const int32_t> columns = {};
};

struct TrainerOptions {
  std::vector<double> dropout;  // after each hidden layer
  uint64_t seed = 0;
  MovingStatistics moving_statistics = MovingStatistics::kDebiased;
  // The head comes from a training: its moving statistics hold no initial 0 and 1.
  bool trained = false;
  // Of the products; parameters, moments, batch norm and sums stay fp32. Not fp16; tf32 is fp32.
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
  void Forward(size_t layer, Activations& a);
  float MovingRate() const;
  void NormaliseColumns(size_t layer, Activations& a, size_t first, size_t last);
  void BackwardColumns(size_t layer, Activations& a, Matrix<float>& gradient, size_t first,
                       size_t last, const nn::AdamStep& adam);
  Matrix<float> GradientOfInput(size_t layer, const Gradient& gradient) const;
  void UpdateKernel(size_t layer, const Activations& a, const Gradient& gradient,
                    const nn::AdamStep& adam);
  void RoundKernels();
  bool is_bf16() const { return options_.precision == Precision::kBf16; }
  void UpdateVector(size_t layer, size_t which, size_t index, float gradient,
                    const nn::AdamStep& adam);
  std::vector<float>& Parameter(size_t layer, size_t which);

  model::Head head_;
  TrainerOptions options_;
  int64_t step_ = 0;                                  // of all fits
  int64_t fit_start_ = 0;                             // step_ when the optimizer was new
  std::vector<Matrix<linalg::Bf16>> kernels_bf16_;    // by layer, where products are of bfloat16
  std::vector<Moments> kernel_moments_;               // by layer
  std::vector<std::vector<Moments>> vector_moments_;  // by layer: bias, gamma, beta
};

}  // namespace kallos::train
