#include "lib/model/head.h"

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/linalg/float_products.h"
#include "lib/parallel/parallel.h"

namespace kallos::model {
namespace {

constexpr double kTruncatedSd = 0.87962566;  // of a standard normal cut at two standard deviations
constexpr size_t kRowsAtOnce = 128;

std::string Numbered(const std::string& name, size_t i) {
  return i == 0 ? name : name + "_" + std::to_string(i);
}

// Normal with variance 2 / fan_in, cut at two standard deviations (He et al., ICCV 2015); the last
// layer uniform in +-sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, AISTATS 2010). Row i belongs
// to the input that is named rows[i], of `in` inputs in all; rows empty: i, of all.
Matrix<float> InitKernel(size_t in, size_t out, bool last, uint64_t seed, size_t index,
                         std::span<const int32_t> rows = {}) {
  Matrix<float> kernel(rows.empty() ? in : rows.size(), out);
  const double sd = std::sqrt(2.0 / static_cast<double>(in)) / kTruncatedSd;
  const double limit = std::sqrt(6.0 / static_cast<double>(in + out));
  ParallelFor(kernel.rows(), [&](size_t i) {
    Stream stream(seed, "train/init", index, rows.empty() ? i : static_cast<uint64_t>(rows[i]));
    for (float& value : kernel.Row(i))
      value =
          static_cast<float>(last ? stream.Uniform(-limit, limit) : sd * stream.TruncatedNormal());
  });
  return kernel;
}

// y = gamma (relu(x + b) - mean) / sqrt(variance + epsilon) + beta; of the last layer x + b.
void ApplyInference(const HeadLayer& layer, std::span<float> row) {
  for (size_t j = 0; j < row.size(); ++j) row[j] += layer.bias[j];
  if (!layer.has_norm()) return;
  for (size_t j = 0; j < row.size(); ++j) {
    const float scale =
        layer.gamma[j] / std::sqrt(layer.variance[j] + static_cast<float>(kNormEpsilon));
    row[j] = (std::max(row[j], 0.0f) - layer.mean[j]) * scale + layer.beta[j];
  }
}

weights::Tensor VectorTensor(const std::string& name, const std::vector<float>& values) {
  return {name, "", weights::Dtype::kFloat32, {static_cast<int64_t>(values.size())}, values};
}

const weights::Tensor* Find(const std::vector<weights::Tensor>& tensors, const std::string& name) {
  const auto found = std::find_if(tensors.begin(), tensors.end(),
                                  [&](const weights::Tensor& t) { return t.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

std::vector<float> TakeVector(const std::vector<weights::Tensor>& tensors, const std::string& name,
                              size_t size, const std::string& file) {
  const weights::Tensor* tensor = Find(tensors, name);
  if (tensor == nullptr) throw InputError("{}: tensor '{}' is missing", file, name);
  if (tensor->values.size() != size)
    throw InputError("{}: tensor '{}': expected {} numbers, found {}", file, name, size,
                     tensor->values.size());
  for (const float value : tensor->values) {
    if (!std::isfinite(value))
      throw InputError("{}: tensor '{}' holds NaN or infinity", file, name);
  }
  return tensor->values;
}

HeadLayer TakeLayer(const std::vector<weights::Tensor>& tensors, size_t index,
                    const std::string& file, const std::string& prefix) {
  const std::string dense = prefix + Numbered("dense", index);
  const std::string norm = prefix + Numbered("batch_normalization", index);
  const weights::Tensor& kernel = *Find(tensors, dense + "/kernel");
  if (kernel.shape.size() != 2) throw InputError("{}: tensor '{}' is no matrix", file, kernel.name);
  HeadLayer layer;
  layer.kernel =
      Matrix<float>(static_cast<size_t>(kernel.shape[0]), static_cast<size_t>(kernel.shape[1]));
  const size_t out = layer.kernel.columns();
  const std::vector<float> values =
      TakeVector(tensors, kernel.name, layer.kernel.rows() * out, file);
  std::copy(values.begin(), values.end(), layer.kernel.data());
  layer.bias = TakeVector(tensors, dense + "/bias", out, file);
  if (Find(tensors, norm + "/gamma") == nullptr) return layer;
  layer.gamma = TakeVector(tensors, norm + "/gamma", out, file);
  layer.beta = TakeVector(tensors, norm + "/beta", out, file);
  layer.mean = TakeVector(tensors, norm + "/moving_mean", out, file);
  layer.variance = TakeVector(tensors, norm + "/moving_variance", out, file);
  return layer;
}

}  // namespace

Head InitHead(const HeadSpec& spec, uint64_t seed, std::span<const int32_t> columns) {
  KALLOS_CHECK(spec.inputs > 0 && spec.hidden.size() == spec.dropout.size());
  KALLOS_CHECK(columns.empty() || columns.size() == spec.inputs);
  Head head;
  size_t in = spec.inputs;
  for (size_t i = 0; i <= spec.hidden.size(); ++i) {
    const bool last = i == spec.hidden.size();
    const size_t out = last ? spec.outputs : static_cast<size_t>(spec.hidden[i]);
    HeadLayer layer;
    layer.kernel =
        InitKernel(in, out, last, seed, i, i == 0 ? columns : std::span<const int32_t>());
    layer.bias.assign(out, 0);
    if (!last) {
      layer.gamma.assign(out, 1);
      layer.beta.assign(out, 0);
      layer.mean.assign(out, 0);
      layer.variance.assign(out, 1);
    }
    head.push_back(std::move(layer));
    in = out;
  }
  return head;
}

size_t KernelWeights(const HeadSpec& spec) {
  size_t weights = 0, in = spec.inputs;
  for (const int64_t units : spec.hidden) {
    weights += in * static_cast<size_t>(units);
    in = static_cast<size_t>(units);
  }
  return weights + in * spec.outputs;
}

size_t InputsOf(const Head& head) {
  return head.front().kernel.rows();
}

size_t OutputsOf(const Head& head) {
  return head.back().kernel.columns();
}

Matrix<float> InitRowsOf(const HeadSpec& spec, uint64_t seed, std::span<const int32_t> columns) {
  const bool last = spec.hidden.empty();
  return InitKernel(spec.inputs, last ? spec.outputs : static_cast<size_t>(spec.hidden[0]), last,
                    seed, 0, columns);
}

void CopyColumns(std::span<const float> from, std::span<const int32_t> columns,
                 std::span<float> to) {
  if (columns.empty()) {
    std::ranges::copy(from, to.begin());
    return;
  }
  for (size_t j = 0; j < to.size(); ++j) to[j] = from[static_cast<size_t>(columns[j])];
}

Matrix<float> HeadOutputs(const Head& head, MatrixView<const float> features) {
  KALLOS_CHECK(features.columns == InputsOf(head), "{} columns for a head of {}", features.columns,
               InputsOf(head));
  Matrix<float> outputs(features.rows, OutputsOf(head));
  for (size_t first = 0; first < features.rows; first += kRowsAtOnce) {
    const size_t rows = std::min(kRowsAtOnce, features.rows - first);
    MatrixView<const float> x{features.data + first * features.columns, rows, features.columns};
    Matrix<float> below;
    for (const HeadLayer& layer : head) {
      Matrix<float> y(rows, layer.kernel.columns());
      linalg::MultiplyRowByRow(x, layer.kernel.View(), y.View());
      for (size_t i = 0; i < rows; ++i) ApplyInference(layer, y.Row(i));
      below = std::move(y);
      x = std::as_const(below).View();
    }
    std::copy_n(x.data, rows * x.columns, outputs.Row(first).data());
  }
  return outputs;
}

std::vector<weights::Tensor> HeadTensors(const Head& head, const std::string& prefix) {
  std::vector<weights::Tensor> tensors;
  for (size_t i = 0; i < head.size(); ++i) {
    const HeadLayer& layer = head[i];
    const std::string dense = prefix + Numbered("dense", i);
    const std::string norm = prefix + Numbered("batch_normalization", i);
    const auto rows = static_cast<int64_t>(layer.kernel.rows());
    const auto columns = static_cast<int64_t>(layer.kernel.columns());
    tensors.push_back({dense + "/kernel",
                       "",
                       weights::Dtype::kFloat32,
                       {rows, columns},
                       {layer.kernel.data(), layer.kernel.data() + rows * columns}});
    tensors.push_back(VectorTensor(dense + "/bias", layer.bias));
    if (!layer.has_norm()) continue;
    tensors.push_back(VectorTensor(norm + "/gamma", layer.gamma));
    tensors.push_back(VectorTensor(norm + "/beta", layer.beta));
    tensors.push_back(VectorTensor(norm + "/moving_mean", layer.mean));
    tensors.push_back(VectorTensor(norm + "/moving_variance", layer.variance));
  }
  return tensors;
}

Head HeadFromTensors(const std::vector<weights::Tensor>& tensors, const std::string& file,
                     const std::string& prefix) {
  Head head;
  while (Find(tensors, prefix + Numbered("dense", head.size()) + "/kernel") != nullptr) {
    head.push_back(TakeLayer(tensors, head.size(), file, prefix));
    if (head.size() > 1 && head[head.size() - 2].kernel.columns() != head.back().kernel.rows()) {
      throw InputError("{}: layer {} takes {} inputs, the layer before gives {}", file,
                       head.size() - 1, head.back().kernel.rows(),
                       head[head.size() - 2].kernel.columns());
    }
  }
  if (head.empty())
    throw InputError("{}: tensor '{}dense/kernel' is missing; this is no head of ours", file,
                     prefix);
  if (head.back().has_norm())
    throw InputError("{}: the last layer has a batch norm; expected a dense layer alone", file);
  return head;
}

}  // namespace kallos::model
