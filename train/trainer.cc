#include "train/trainer.h"

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/core/target_clones.h"
#include "lib/linalg/float_products.h"
#include "lib/parallel/parallel.h"

namespace kallos::train {
namespace {

constexpr size_t kColumns = 256;  // columns per task in element-wise passes
// Rows of a kernel per task: their gradient is in the cache when Adam uses it.
constexpr size_t kKernelRows = 128;
constexpr uint8_t kRelu = 1;
constexpr uint8_t kKept = 2;

enum Vector : size_t { kBias, kGamma, kBeta };
constexpr const char* kVectorNames[] = {"bias", "gamma", "beta"};
constexpr const char* kSteps = "steps";  // of all fits, and when the optimizer was last new

template <typename Body>
void ForChunks(size_t n, size_t chunk, const Body& body) {
  ParallelFor((n + chunk - 1) / chunk,
              [&](size_t i) { body(i * chunk, std::min(n, (i + 1) * chunk)); });
}

// One pass over parameter, gradient and moments: 28 bytes of traffic per parameter, 24 when the
// gradient is in the cache. Without __restrict the compiler asks at run time whether the arrays
// overlap, answers by their distance, and rounds otherwise in the loop that it takes then: small
// heads would depend on where the heap puts them.
KALLOS_TARGET_CLONES("avx512f", "avx2", "default")
void AdamUpdate(float* __restrict p, const float* __restrict g, float* __restrict m,
                float* __restrict v, size_t n, const nn::AdamStep& adam) {
  const auto beta1 = static_cast<float>(adam.beta1), beta2 = static_cast<float>(adam.beta2),
             rate = static_cast<float>(adam.rate), epsilon = static_cast<float>(adam.epsilon);
  for (size_t i = 0; i < n; ++i) {
    m[i] = beta1 * m[i] + (1 - beta1) * g[i];
    v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
    p[i] -= rate * m[i] / (__builtin_sqrtf(v[i]) + epsilon);
  }
}

Matrix<linalg::Bf16> Rounded(const Matrix<float>& values) {
  Matrix<linalg::Bf16> rounded(values.rows(), values.columns());
  ParallelFor(values.rows(), [&](size_t i) {
    linalg::RoundToBf16(values.Row(i).data(), values.columns(), rounded.Row(i).data());
  });
  return rounded;
}

// What dropout keeps among the units of one task, whose first is `first`: row by row.
class DropoutDraws {
 public:
  DropoutDraws(uint64_t seed, size_t layer, int64_t step, double dropout, size_t first)
      : stream_(seed, "train/dropout/" + std::to_string(layer), static_cast<uint64_t>(step), first),
        drop_below_(static_cast<uint32_t>(dropout * 4294967296.0)),
        keeps_all_(dropout == 0) {}

  bool NextIsKept() { return keeps_all_ || stream_.Next32() >= drop_below_; }

 private:
  Stream stream_;
  uint32_t drop_below_;
  bool keeps_all_;
};

// Mean over the rows of weight (log sum of exp(z) - z[label]), the cross-entropy of the softmax p;
// its gradient by z is weight (p - one-hot(label)) / rows. Turns the logits z into their gradient,
// and returns the loss.
double SoftmaxGradient(const TrainingData& data, const std::vector<size_t>& rows,
                       Matrix<float>& logits) {
  double loss = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const int label = data.labels[rows[i]];
    const double weight = data.class_weight[label] / static_cast<double>(rows.size());
    const double top = std::ranges::max(logits.Row(i));
    double sum = 0;
    for (const float z : logits.Row(i)) sum += std::exp(z - top);
    loss += weight * (top + std::log(sum) - logits(i, label));
    for (size_t c = 0; c < logits.columns(); ++c) {
      const double probability = std::exp(logits(i, c) - top) / sum;
      logits(i, c) =
          static_cast<float>(weight * (probability - (static_cast<int>(c) == label ? 1 : 0)));
    }
  }
  return loss;
}

}  // namespace

Matrix<uint8_t> DropoutMask(uint64_t seed, size_t layer, int64_t step, double dropout, size_t rows,
                            size_t units) {
  Matrix<uint8_t> kept(rows, units);
  ForChunks(units, kColumns, [&](size_t first, size_t last) {
    DropoutDraws draws(seed, layer, step, dropout, first);
    for (size_t i = 0; i < rows; ++i) {
      for (size_t j = first; j < last; ++j) kept(i, j) = draws.NextIsKept() ? 1 : 0;
    }
  });
  return kept;
}

Trainer::Trainer(model::Head head, TrainerOptions options)
    : head_(std::move(head)), options_(std::move(options)) {
  KALLOS_CHECK(options_.dropout.size() + 1 == head_.size());
  KALLOS_CHECK(options_.precision != Precision::kFp16);
  for (model::HeadLayer& layer : head_) {
    const size_t kernel = layer.kernel.rows() * layer.kernel.columns();
    kernel_moments_.push_back({std::vector<float>(kernel), std::vector<float>(kernel)});
    const std::vector<float> zeros(layer.bias.size());
    vector_moments_.emplace_back(layer.has_norm() ? 3 : 1, Moments{zeros, zeros});
  }
  RoundKernels();
}

void Trainer::RoundKernels() {
  if (!is_bf16()) return;
  kernels_bf16_.clear();
  for (const model::HeadLayer& layer : head_) kernels_bf16_.push_back(Rounded(layer.kernel));
}

void Trainer::StartFit(const model::Head& head) {
  head_ = head;
  fit_start_ = step_;
  const auto clear = [](Moments& moments) {
    std::fill(moments.m.begin(), moments.m.end(), 0.0f);
    std::fill(moments.v.begin(), moments.v.end(), 0.0f);
  };
  for (Moments& moments : kernel_moments_) clear(moments);
  for (std::vector<Moments>& layer : vector_moments_) {
    for (Moments& moments : layer) clear(moments);
  }
  RoundKernels();
}

std::vector<float>& Trainer::Parameter(size_t layer, size_t which) {
  model::HeadLayer& l = head_[layer];
  return which == kBias ? l.bias : which == kGamma ? l.gamma : l.beta;
}

double Trainer::Step(const TrainingData& data, const std::vector<size_t>& rows,
                     double learning_rate) {
  Matrix<float> inputs(rows.size(), head_[0].kernel.rows());
  ParallelFor(rows.size(), [&](size_t i) {
    model::CopyColumns(data.features.Row(rows[i]), data.columns, inputs.Row(i));
  });
  return StepOn(
      std::move(inputs), [&](Matrix<float>& logits) { return SoftmaxGradient(data, rows, logits); },
      learning_rate);
}

double Trainer::StepOn(Matrix<float> inputs, const LogitLoss& loss_of, double learning_rate,
                       Matrix<float>* input_gradient) {
  KALLOS_CHECK(inputs.rows() > 1, "batch norm has no variance for {} rows", inputs.rows());
  KALLOS_CHECK(inputs.columns() == head_[0].kernel.rows());
  ++step_;
  const nn::AdamStep adam = nn::KerasAdamStep({}, learning_rate, step_ - fit_start_);

  std::vector<Activations> activations(head_.size());
  activations[0].input = std::move(inputs);
  for (size_t layer = 0; layer < head_.size(); ++layer) {
    if (layer > 0) activations[layer].input = std::move(activations[layer - 1].output);
    Forward(layer, activations[layer]);
  }
  Gradient gradient{std::move(activations.back().output), {}};
  const double loss = loss_of(gradient.values);
  for (size_t layer = head_.size(); layer-- > 0;) {
    Activations& a = activations[layer];
    ForChunks(gradient.values.columns(), kColumns, [&](size_t first, size_t last) {
      BackwardColumns(layer, a, gradient.values, first, last, adam);
    });
    if (is_bf16()) gradient.bf16 = Rounded(gradient.values);
    Matrix<float> below;
    if (layer > 0 || input_gradient != nullptr) below = GradientOfInput(layer, gradient);
    UpdateKernel(layer, a, gradient, adam);
    gradient.values = std::move(below);
  }
  if (input_gradient != nullptr) *input_gradient = std::move(gradient.values);
  return loss;
}

// dx = dy W^T.
Matrix<float> Trainer::GradientOfInput(size_t layer, const Gradient& gradient) const {
  Matrix<float> below(gradient.values.rows(), head_[layer].kernel.rows());
  if (is_bf16()) {
    linalg::MultiplyTransposed(gradient.bf16.View(), kernels_bf16_[layer].View(), below.View());
  } else {
    linalg::MultiplyTransposed(gradient.values.View(), head_[layer].kernel.View(), below.View());
  }
  return below;
}

void Trainer::Forward(size_t layer, Activations& a) {
  const model::HeadLayer& l = head_[layer];
  const size_t out = l.kernel.columns();
  a.output = Matrix<float>(a.input.rows(), out);
  if (is_bf16()) {
    a.input_bf16 = Rounded(a.input);
    linalg::Multiply(std::as_const(a.input_bf16).View(), std::as_const(kernels_bf16_[layer]).View(),
                     a.output.View());
  } else {
    linalg::Multiply(std::as_const(a.input).View(), l.kernel.View(), a.output.View());
  }
  if (!l.has_norm()) {
    for (size_t i = 0; i < a.output.rows(); ++i) {
      for (size_t j = 0; j < out; ++j) a.output(i, j) += l.bias[j];
    }
    return;
  }
  a.normalised = Matrix<float>(a.input.rows(), out);
  a.alive = Matrix<uint8_t>(a.input.rows(), out);
  a.inverse_sd.resize(out);
  ForChunks(out, kColumns,
            [&](size_t first, size_t last) { NormaliseColumns(layer, a, first, last); });
}

// (1 - m) / (1 - m^t) at momentum m and step t. After few steps, as on small sets of photographs,
// undebiased statistics are still mostly the 0 and 1 that they start from.
float Trainer::MovingRate() const {
  const bool debias =
      options_.moving_statistics == MovingStatistics::kDebiased && !options_.trained;
  const double initial_weight =
      debias ? std::pow(model::kNormMomentum, static_cast<double>(step_)) : 0;
  return static_cast<float>((1 - model::kNormMomentum) / (1 - initial_weight));
}

// Of x = relu(product + bias): x^ = (x - mean) / sqrt(variance + epsilon) by the mean and the
// variance (denominator n) of the batch, y = gamma x^ + beta, then dropout with the kept outputs /
// (1 - dropout). The moving statistics go on by `rate`: moving += rate (of the batch - moving).
void Trainer::NormaliseColumns(size_t layer, Activations& a, size_t first, size_t last) {
  model::HeadLayer& l = head_[layer];
  const size_t rows = a.output.rows();
  std::vector<float> mean(last - first), variance(last - first);
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = first; j < last; ++j) {
      const float x = std::max(a.output(i, j) + l.bias[j], 0.0f);
      a.alive(i, j) = x > 0 ? kRelu : 0;
      a.output(i, j) = x;
      mean[j - first] += x / static_cast<float>(rows);
    }
  }
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = first; j < last; ++j) {
      const float d = a.output(i, j) - mean[j - first];
      variance[j - first] += d * d / static_cast<float>(rows);
    }
  }
  const float rate = MovingRate();
  for (size_t j = first; j < last; ++j) {
    a.inverse_sd[j] = 1 / std::sqrt(variance[j - first] + static_cast<float>(model::kNormEpsilon));
    l.mean[j] += rate * (mean[j - first] - l.mean[j]);
    l.variance[j] += rate * (variance[j - first] - l.variance[j]);
  }
  DropoutDraws draws(options_.seed, layer, step_, options_.dropout[layer], first);
  const float keep_scale = static_cast<float>(1 / (1 - options_.dropout[layer]));
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = first; j < last; ++j) {
      const float x = (a.output(i, j) - mean[j - first]) * a.inverse_sd[j];
      a.normalised(i, j) = x;
      const bool kept = draws.NextIsKept();
      a.alive(i, j) |= kept ? kKept : 0;
      a.output(i, j) = kept ? (x * l.gamma[j] + l.beta[j]) * keep_scale : 0;
    }
  }
}

// Turns the gradient by the layer's output into that by its product with the kernel, and updates
// bias, gamma and beta. Batch norm backwards, of the normalised x^ and n rows (Ioffe and Szegedy,
// ICML 2015, section 3):
//   d beta = sum dy, d gamma = sum dy x^,
//   dx = gamma / (n sd) (n dy - d beta - x^ d gamma).
void Trainer::BackwardColumns(size_t layer, Activations& a, Matrix<float>& gradient, size_t first,
                              size_t last, const nn::AdamStep& adam) {
  const model::HeadLayer& l = head_[layer];
  const size_t rows = gradient.rows();
  std::vector<float> bias(last - first);
  if (l.has_norm()) {
    const float keep_scale = static_cast<float>(1 / (1 - options_.dropout[layer]));
    std::vector<float> beta(last - first), gamma(last - first), factor(last - first);
    for (size_t i = 0; i < rows; ++i) {
      for (size_t j = first; j < last; ++j) {
        float& g = gradient(i, j);
        g = (a.alive(i, j) & kKept) != 0 ? g * keep_scale : 0;
        beta[j - first] += g;
        gamma[j - first] += g * a.normalised(i, j);
      }
    }
    for (size_t j = first; j < last; ++j)
      factor[j - first] = l.gamma[j] * a.inverse_sd[j] / static_cast<float>(rows);
    for (size_t i = 0; i < rows; ++i) {
      for (size_t j = first; j < last; ++j) {
        float& g = gradient(i, j);
        g = factor[j - first] * (static_cast<float>(rows) * g - beta[j - first] -
                                 a.normalised(i, j) * gamma[j - first]);
        if ((a.alive(i, j) & kRelu) == 0) g = 0;
      }
    }
    for (size_t j = first; j < last; ++j) {
      UpdateVector(layer, kGamma, j, gamma[j - first], adam);
      UpdateVector(layer, kBeta, j, beta[j - first], adam);
    }
  }
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = first; j < last; ++j) bias[j - first] += gradient(i, j);
  }
  for (size_t j = first; j < last; ++j) UpdateVector(layer, kBias, j, bias[j - first], adam);
}

void Trainer::UpdateVector(size_t layer, size_t which, size_t index, float gradient,
                           const nn::AdamStep& adam) {
  Moments& moments = vector_moments_[layer][which];
  AdamUpdate(&Parameter(layer, which)[index], &gradient, &moments.m[index], &moments.v[index], 1,
             adam);
}

// dW = x^T dy, in tiles of rows of W, each followed by its step of Adam.
void Trainer::UpdateKernel(size_t layer, const Activations& a, const Gradient& gradient,
                           const nn::AdamStep& adam) {
  Matrix<float>& kernel = head_[layer].kernel;
  Moments& moments = kernel_moments_[layer];
  ForChunks(kernel.rows(), kKernelRows, [&](size_t first, size_t last) {
    thread_local std::vector<float> kernel_gradient;
    const size_t count = (last - first) * kernel.columns();
    kernel_gradient.resize(count);
    if (is_bf16()) {
      linalg::TransposedMultiplyRows(a.input_bf16.View(), gradient.bf16.View(), first, last - first,
                                     kernel_gradient.data());
    } else {
      linalg::TransposedMultiplyRows(a.input.View(), gradient.values.View(), first, last - first,
                                     kernel_gradient.data());
    }
    const size_t offset = first * kernel.columns();
    AdamUpdate(kernel.data() + offset, kernel_gradient.data(), moments.m.data() + offset,
               moments.v.data() + offset, count, adam);
    if (is_bf16())
      linalg::RoundToBf16(kernel.data() + offset, count, kernels_bf16_[layer].data() + offset);
  });
}

std::vector<weights::Tensor> Trainer::State() const {
  std::vector<weights::Tensor> tensors = model::HeadTensors(head_, "head/");
  const auto add = [&](const std::string& name, const std::vector<float>& values) {
    tensors.push_back(weights::FloatTensor(name, {static_cast<int64_t>(values.size())}, values));
  };
  for (size_t i = 0; i < head_.size(); ++i) {
    add(fmt::format("adam/{}/kernel/m", i), kernel_moments_[i].m);
    add(fmt::format("adam/{}/kernel/v", i), kernel_moments_[i].v);
    for (size_t k = 0; k < vector_moments_[i].size(); ++k) {
      add(fmt::format("adam/{}/{}/m", i, kVectorNames[k]), vector_moments_[i][k].m);
      add(fmt::format("adam/{}/{}/v", i, kVectorNames[k]), vector_moments_[i][k].v);
    }
  }
  tensors.push_back(weights::IntegerTensor(kSteps, {step_, fit_start_}));
  return tensors;
}

void Trainer::Restore(const std::vector<weights::Tensor>& state, const std::string& file) {
  head_ = model::HeadFromTensors(state, file, "head/");
  RoundKernels();
  const auto find = [&](const std::string& name) {
    const auto found = std::ranges::find(state, name, &weights::Tensor::name);
    if (found == state.end()) throw InputError("{}: '{}' is missing", file, name);
    return *found;
  };
  const auto take = [&](const std::string& name, std::vector<float>& values) {
    weights::Tensor tensor = find(name);
    if (tensor.values.size() != values.size())
      throw InputError("{}: '{}' is of another size", file, name);
    values = std::move(tensor.values);
  };
  for (size_t i = 0; i < head_.size(); ++i) {
    take(fmt::format("adam/{}/kernel/m", i), kernel_moments_.at(i).m);
    take(fmt::format("adam/{}/kernel/v", i), kernel_moments_[i].v);
    for (size_t k = 0; k < vector_moments_[i].size(); ++k) {
      take(fmt::format("adam/{}/{}/m", i, kVectorNames[k]), vector_moments_[i][k].m);
      take(fmt::format("adam/{}/{}/v", i, kVectorNames[k]), vector_moments_[i][k].v);
    }
  }
  const std::vector<int64_t> steps = find(kSteps).integers;
  if (steps.size() != 2) {
    throw InputError("{}: '{}' is not two integers", file, kSteps);
  }
  step_ = steps.at(0);
  fit_start_ = steps.at(1);
}

}  // namespace kallos::train
