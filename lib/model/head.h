// The fully connected head: Dense -> ReLU -> batch norm -> dropout for each hidden layer, then
// Dense.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/core/matrix.h"
#include "lib/weights/tensor_file.h"

namespace kallos::model {

constexpr double kNormEpsilon = 1e-3;
constexpr double kNormMomentum = 0.99;

struct HeadSpec {
  size_t inputs = 0;
  std::vector<int64_t> hidden = {2048, 1024, 256};
  std::vector<double> dropout = {0.25, 0.25, 0.5};  // one per hidden layer
  size_t outputs = 2;                               // what they mean: lib/model/outputs.h
};

// Entries of all kernels: multiplications of one row's forward pass.
size_t KernelWeights(const HeadSpec& spec);

// One Dense layer and, unless it is the last, its batch norm.
struct HeadLayer {
  Matrix<float> kernel;                            // in x out, as Keras has it
  std::vector<float> bias;                         // out
  std::vector<float> gamma, beta, mean, variance;  // out each; empty in the last layer

  bool has_norm() const { return !gamma.empty(); }
};

using Head = std::vector<HeadLayer>;

size_t InputsOf(const Head& head);
size_t OutputsOf(const Head& head);

// Kernels of hidden layers He-normal (normal cut at two standard deviations, scaled so that the
// standard deviation after cutting is sqrt(2 / fan_in)), of the last Glorot-uniform; biases 0;
// batch norms identity. He et al., ICCV 2015; Glorot and Bengio, AISTATS 2010. `columns`, where
// given, names the inputs: two heads start with the same weights behind the same column, wherever
// it stands among their inputs.
Head InitHead(const HeadSpec& spec, uint64_t seed, std::span<const int32_t> columns = {});

// Rows of the first kernel that InitHead gives a head of `spec` behind these columns, of which
// there may be more or fewer than the head has inputs.
Matrix<float> InitRowsOf(const HeadSpec& spec, uint64_t seed, std::span<const int32_t> columns);

// to[j] = from[columns[j]], or from[j] where no columns are given.
void CopyColumns(std::span<const float> from, std::span<const int32_t> columns,
                 std::span<float> to);

// Outputs [rows x outputs] for features [rows x inputs], with moving statistics and without
// dropout: what a link takes (lib/model/outputs.h), logits where that is a softmax. The result of a
// row is independent of the others and of the thread count.
Matrix<float> HeadOutputs(const Head& head, MatrixView<const float> features);

// Keras's names: dense/kernel, batch_normalization/gamma, ..., dense_1/kernel, ... with `prefix` in
// front.
std::vector<weights::Tensor> HeadTensors(const Head& head, const std::string& prefix = "");
// Throws InputError naming `file` and the tensor when one is missing, mis-shaped or not finite.
Head HeadFromTensors(const std::vector<weights::Tensor>& tensors, const std::string& file,
                     const std::string& prefix = "");

}  // namespace kallos::model
