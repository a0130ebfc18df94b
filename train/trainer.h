// Training of the head on the CPU: forward, backward and Adam written out, cut into fixed tiles, so that the weights
// are byte-identical at any thread count.
#pragma once

#include <cstdint>
#include <vector>

#include "train/head.h"

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
};

class Trainer {
 public:
  Trainer(Head head, std::vector<double> dropout, uint64_t seed);

  // One step of Adam on the rows; returns the mean loss (cross-entropy times class weight). The dropout masks depend
  // on seed and step number only.
  double Step(const TrainingData& data, const std::vector<size_t>& rows, double learning_rate);

  const Head& head() const { return head_; }
  // Everything a later process needs to go on: weights, both moments, step number.
  std::vector<weights::Tensor> State() const;
  void Restore(const std::vector<weights::Tensor>& state, const std::string& file);

 private:
  // First and second moment of one parameter array.
  struct Moments {
    std::vector<float> m, v;
  };
  // What one layer keeps from the forward pass for the backward pass.
  struct Activations {
    Matrix<float> input;       // batch x in
    Matrix<float> normalised;  // batch x out, after ReLU and normalisation
    Matrix<float> output;      // batch x out: after ReLU, batch norm and dropout
    std::vector<float> inverse_sd;
    Matrix<uint8_t> alive;  // bit 0: ReLU let it through; bit 1: dropout kept it
  };
  struct StepSizes {
    float rate, epsilon;
  };

  void Forward(size_t layer, Activations& a);
  void NormaliseColumns(size_t layer, Activations& a, size_t first, size_t last);
  void BackwardColumns(size_t layer, Activations& a, Matrix<float>& gradient, size_t first, size_t last,
                       const StepSizes& sizes);
  void UpdateKernel(size_t layer, const Activations& a, const Matrix<float>& gradient, const StepSizes& sizes);
  void UpdateVector(size_t layer, size_t which, size_t index, float gradient, const StepSizes& sizes);
  std::vector<float>& Parameter(size_t layer, size_t which);

  Head head_;
  std::vector<double> dropout_;
  uint64_t seed_;
  int64_t step_ = 0;
  AdamSettings adam_;
  std::vector<Moments> kernel_moments_;               // by layer
  std::vector<std::vector<Moments>> vector_moments_;  // by layer: bias, gamma, beta
};

}  // namespace kallos::train
