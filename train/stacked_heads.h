// K heads of the same shape as stacked tensors, trained together on one device. Only for batched_fitness.cc and its
// like: LibTorch types stay out of other headers.
#pragma once

#include <ATen/ATen.h>

#include <span>
#include <vector>

#include "train/batched_fitness.h"

namespace kallos::train {

// The weights that heads of `inputs` columns start with, as InitHead gives them: what is behind a column does not
// depend on the head, so that it is drawn once for all.
struct FirstWeights {
  at::Tensor by_column;             // [D, units of the first layer]
  std::vector<at::Tensor> kernels;  // [in, out] of the layers after the first

  FirstWeights(const Recipe& recipe, int64_t inputs, int64_t columns, uint64_t seed, at::Device device);
};

class StackedHeads {
 public:
  static constexpr int64_t kRowsOfLogits = 512;  // that Logits is asked for at once at most

  // indices [heads * inputs]: the columns of one head after the other.
  StackedHeads(const Recipe& recipe, const FirstWeights& first, const at::Tensor& indices, int64_t heads, uint64_t seed,
               Precision precision);

  int64_t count() const { return layers_[0].kernel.value.size(0); }

  // One step of Adam. inputs [K, batch, in]; labels [batch] int64; weights [batch] float, of the loss, already over the
  // number of rows. Returns the losses [K].
  at::Tensor Step(const at::Tensor& inputs, const at::Tensor& labels, const at::Tensor& weights, double learning_rate);

  // [K, rows, 2] for inputs [K, rows, in], with moving statistics and without dropout.
  at::Tensor Logits(const at::Tensor& inputs) const;

  // Bytes of a head at its peak: parameters, moments and gradients, and what a step of `batch` rows or Logits keeps.
  static double Bytes(const Recipe& recipe, int64_t inputs);

 private:
  struct Parameter {
    at::Tensor value, m, v, gradient;
  };
  struct Layer {
    Parameter kernel;           // [K, in, out]
    Parameter bias;             // [K, 1, out]
    Parameter gamma, beta;      // [K, 1, out]; undefined in the last layer
    at::Tensor mean, variance;  // [K, 1, out], moving
  };
  // What a layer keeps from the forward pass.
  struct Kept {
    at::Tensor input;       // [K, batch, in]
    at::Tensor normalised;  // [K, batch, out]
    at::Tensor inverse_sd;  // [K, 1, out]
    at::Tensor positive;    // [K, batch, out]: what ReLU let through
    at::Tensor scale;       // [1, batch, out]: 0 or 1 / (1 - dropout)
  };

  at::Tensor Product(const at::Tensor& a, const at::Tensor& b) const;
  at::Tensor Forward(size_t index, at::Tensor input, Kept& kept);
  // Fills the layer's gradients and returns that by its input; undefined for the first layer.
  at::Tensor Backward(size_t index, at::Tensor gradient, const Kept& kept);
  void Update(double learning_rate);
  at::Tensor DropoutScale(size_t index, int64_t rows) const;
  std::vector<Parameter*> Parameters();

  const Recipe& recipe_;
  uint64_t seed_;
  at::Device device_;
  Precision precision_;
  std::vector<Layer> layers_;
  int64_t step_ = 0;
};

}  // namespace kallos::train
