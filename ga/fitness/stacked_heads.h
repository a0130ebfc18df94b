// K heads of the same shape as stacked tensors, trained together on one device. Only for
// batched_fitness.cc and its like: LibTorch types stay out of other headers.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <span>
#include <vector>

#include "ga/fitness/batched_fitness.h"
#include "lib/nn/training/adam.h"

namespace kallos::ga {

// The weights that heads of `inputs` columns start with, as InitHead gives them: what is behind a
// column does not depend on the head, so that it is drawn once for all.
struct FirstWeights {
  at::Tensor by_column;             // [D, units of the first layer]
  std::vector<at::Tensor> kernels;  // [in, out] of the layers after the first

  FirstWeights(const Recipe& recipe, int64_t inputs, int64_t columns, uint64_t seed,
               at::Device device);
};

// What dropout keeps in the steps from `first_step` (1 is the first) on: for each hidden layer
// bytes [rows of all these steps, units], 0 where a unit is out. The same for every head.
std::vector<at::Tensor> DropoutMasks(const Recipe& recipe, uint64_t seed, int64_t first_step,
                                     const std::vector<int64_t>& rows_of_steps, at::Device device);

class StackedHeads {
 public:
  static constexpr int64_t kRowsOfLogits = 512;  // at most in one call of Logits

  // indices [heads * inputs]: the columns of one head after the other.
  StackedHeads(const Recipe& recipe, const FirstWeights& first, const at::Tensor& indices,
               int64_t heads, Precision precision);
  virtual ~StackedHeads() = default;
  StackedHeads(const StackedHeads&) = delete;
  StackedHeads& operator=(const StackedHeads&) = delete;

  int64_t count() const { return layers_[0].kernel.value.size(0); }

  // One step of Adam. inputs [K, batch, in]; labels [batch] int64; weights [batch] float, of the
  // loss, already over the number of rows; masks: the step's rows of DropoutMasks. Returns the
  // losses [K].
  at::Tensor Step(const at::Tensor& inputs, const at::Tensor& labels, const at::Tensor& weights,
                  const std::vector<at::Tensor>& masks, double learning_rate);

  // [K, rows, 2] for inputs [K, rows, in], with moving statistics and without dropout.
  at::Tensor Logits(const at::Tensor& inputs) const;

  // Bytes of a head at its peak: parameters, moments and gradients, and what a step of `batch` rows
  // or Logits keeps.
  static double Bytes(const Recipe& recipe, int64_t inputs);

 protected:
  struct Parameter {
    at::Tensor value, m, v, gradient;
  };
  struct Layer {
    Parameter kernel;           // [K, in, out]
    at::Tensor rounded;         // the kernel in bfloat16, where a derived class keeps it
    Parameter bias;             // [K, 1, out]
    Parameter gamma, beta;      // [K, 1, out]; undefined in the last layer
    at::Tensor mean, variance;  // [K, 1, out], moving
    double dropout = 0;
    bool is_last() const { return !gamma.value.defined(); }
  };
  // What a layer keeps from the forward pass.
  struct Kept {
    at::Tensor input;             // [K, batch, in]
    at::Tensor mask;              // [batch, out], bytes
    at::Tensor mean, inverse_sd;  // [K, 1, out], of the batch (the mean for derived classes)
    at::Tensor positive;          // [K, batch, out]: where x = relu(z) > 0
    // [K, batch, out]: x normalised; in a derived class what its Backward needs.
    at::Tensor output;
  };

  // The derived class may do a hidden layer in its own way.
  virtual at::Tensor Forward(const Layer& layer, Kept& kept);
  // Fills the layer's gradients, or does its step of Adam, and returns the gradient by its input.
  virtual at::Tensor Backward(Layer& layer, at::Tensor gradient, const Kept& kept, bool by_input);
  // As the product takes it.
  static const at::Tensor& KernelOf(const Layer& layer) {
    return layer.rounded.defined() ? layer.rounded : layer.kernel.value;
  }

  // Of float32, or, for bf16, of bfloat16, to which its factors are rounded.
  at::Tensor Product(const at::Tensor& a, const at::Tensor& b) const;
  double StatisticsRate() const;  // at which the moving statistics go to those of the batch

  nn::AdamStep Adam() const { return nn::KerasAdamStep({}, learning_rate_, step_); }

  std::vector<Layer> layers_;

 private:
  void Update();
  std::vector<Parameter*> ParametersWithGradients();

  const Recipe& recipe_;
  at::Device device_;
  Precision precision_;
  int64_t step_ = 0;
  double learning_rate_ = 0;  // of this step
};

// Those that `device` computes best.
std::unique_ptr<StackedHeads> MakeStackedHeads(const Recipe& recipe, const FirstWeights& first,
                                               const at::Tensor& indices, int64_t heads,
                                               Precision precision);

}  // namespace kallos::ga
