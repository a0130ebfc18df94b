#include "train/stacked_heads.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lib/core/error.h"

namespace kallos::train {
namespace {

constexpr int64_t kBatchDimension = 1;

at::Tensor Copied(const Matrix<float>& matrix, at::Device device) {
  const std::vector<int64_t> shape = {static_cast<int64_t>(matrix.rows()), static_cast<int64_t>(matrix.columns())};
  return at::from_blob(const_cast<float*>(matrix.data()), shape, at::kFloat).to(device, at::kFloat, false, true);
}

double Weights(const Recipe& recipe, int64_t inputs) {
  double weights = 0;
  auto in = static_cast<double>(inputs);
  for (const int64_t out : recipe.hidden) {
    weights += in * static_cast<double>(out);
    in = static_cast<double>(out);
  }
  return weights + in * kClasses;
}

}  // namespace

FirstWeights::FirstWeights(const Recipe& recipe, int64_t inputs, int64_t columns, uint64_t seed, at::Device device) {
  const HeadSpec spec{static_cast<size_t>(inputs), recipe.hidden, recipe.dropout};
  Columns all(static_cast<size_t>(columns));
  std::iota(all.begin(), all.end(), 0);
  by_column = Copied(InitRowsOf(spec, seed, all), device);
  // The layers after the first do not depend on the inputs.
  const Head head = InitHead({1, recipe.hidden, recipe.dropout}, seed);
  for (size_t i = 1; i < head.size(); ++i) kernels.push_back(Copied(head[i].kernel, device));
}

StackedHeads::StackedHeads(const Recipe& recipe, const FirstWeights& first, const at::Tensor& indices, int64_t heads,
                           uint64_t seed, Precision precision)
    : recipe_(recipe), seed_(seed), device_(indices.device()), precision_(precision) {
  const auto parameter = [](at::Tensor value) {
    return Parameter{value, at::zeros_like(value), at::zeros_like(value), {}};
  };
  for (size_t i = 0; i <= recipe.hidden.size(); ++i) {
    Layer layer;
    layer.kernel =
        parameter(i == 0 ? first.by_column.index_select(0, indices).view({heads, -1, first.by_column.size(1)})
                         : first.kernels[i - 1].unsqueeze(0).repeat({heads, 1, 1}));
    const at::TensorOptions options = layer.kernel.value.options();
    const std::vector<int64_t> shape = {heads, 1, layer.kernel.value.size(2)};
    layer.bias = parameter(at::zeros(shape, options));
    if (i < recipe.hidden.size()) {
      layer.gamma = parameter(at::ones(shape, options));
      layer.beta = parameter(at::zeros(shape, options));
      layer.mean = at::zeros(shape, options);
      layer.variance = at::ones(shape, options);
    }
    layers_.push_back(std::move(layer));
  }
}

// LibTorch rounds the result of a product of bfloat16 too, not only its inputs.
at::Tensor StackedHeads::Product(const at::Tensor& a, const at::Tensor& b) const {
  if (precision_ != Precision::kBf16) return at::bmm(a, b);
  return at::bmm(a.to(at::kBFloat16), b.to(at::kBFloat16)).to(at::kFloat);
}

at::Tensor StackedHeads::DropoutScale(size_t index, int64_t rows) const {
  const int64_t units = recipe_.hidden[index];
  const Matrix<uint8_t> mask =
      DropoutMask(seed_, index, step_, recipe_.dropout[index], static_cast<size_t>(rows), static_cast<size_t>(units));
  at::Tensor kept = at::from_blob(const_cast<uint8_t*>(mask.data()), {1, rows, units}, at::kByte);
  if (device_.is_cuda()) kept = kept.pin_memory().to(device_, at::kByte, /*non_blocking=*/true);  // nothing waits
  return kept.to(at::kFloat).mul_(1 / (1 - recipe_.dropout[index]));
}

at::Tensor StackedHeads::Forward(size_t index, at::Tensor input, Kept& kept) {
  Layer& layer = layers_[index];
  at::Tensor x = Product(input, layer.kernel.value).add_(layer.bias.value);
  kept.input = std::move(input);
  if (!layer.gamma.value.defined()) return x;
  x.relu_();
  kept.positive = x > 0;
  // Not corrected for the mean's own freedom, as in Keras.
  const auto [variance, mean] = at::var_mean(x, at::IntArrayRef{kBatchDimension}, /*unbiased=*/false, /*keepdim=*/true);
  const bool debias = recipe_.moving_statistics == MovingStatistics::kDebiased;
  const double rate = (1 - kNormMomentum) / (1 - (debias ? std::pow(kNormMomentum, static_cast<double>(step_)) : 0.0));
  layer.mean.add_(mean - layer.mean, rate);
  layer.variance.add_(variance - layer.variance, rate);
  kept.inverse_sd = (variance + kNormEpsilon).rsqrt();
  kept.normalised = at::addcmul(-mean * kept.inverse_sd, x, kept.inverse_sd);
  kept.scale = DropoutScale(index, kept.normalised.size(kBatchDimension));
  return at::addcmul(layer.beta.value, kept.normalised, layer.gamma.value).mul_(kept.scale);
}

// Batch norm backwards: Ioffe and Szegedy, ICML 2015, section 3.
at::Tensor StackedHeads::Backward(size_t index, at::Tensor gradient, const Kept& kept) {
  Layer& layer = layers_[index];
  if (layer.gamma.value.defined()) {
    gradient = gradient * kept.scale;
    layer.beta.gradient = gradient.sum(kBatchDimension, true);
    layer.gamma.gradient = (gradient * kept.normalised).sum(kBatchDimension, true);
    const auto rows = static_cast<double>(gradient.size(kBatchDimension));
    const at::Tensor factor = layer.gamma.value * kept.inverse_sd;
    gradient = at::addcmul(layer.beta.gradient * factor / -rows, gradient, factor)
                   .addcmul_(kept.normalised, layer.gamma.gradient * factor, -1 / rows)
                   .mul_(kept.positive);
  }
  layer.bias.gradient = gradient.sum(kBatchDimension, true);
  layer.kernel.gradient = Product(kept.input.transpose(1, 2), gradient);
  return index == 0 ? at::Tensor() : Product(gradient, layer.kernel.value.transpose(1, 2));
}

std::vector<StackedHeads::Parameter*> StackedHeads::Parameters() {
  std::vector<Parameter*> parameters;
  for (Layer& layer : layers_) {
    for (Parameter* parameter : {&layer.kernel, &layer.bias, &layer.gamma, &layer.beta}) {
      if (parameter->value.defined()) parameters.push_back(parameter);
    }
  }
  return parameters;
}

// Adam as Keras has it: the first moment's correction is folded into the rate, and epsilon is added to the uncorrected
// root. LibTorch's fused kernel (CUDA; one pass over the memory) corrects the root, so its epsilon is larger by as
// much.
void StackedHeads::Update(double learning_rate) {
  const AdamSettings adam;
  const double c1 = 1 - std::pow(adam.beta1, static_cast<double>(step_));
  const double c2 = std::sqrt(1 - std::pow(adam.beta2, static_cast<double>(step_)));
  const std::vector<Parameter*> parameters = Parameters();
  if (device_.is_cuda()) {
    std::vector<at::Tensor> values, gradients, m, v;
    for (Parameter* p : parameters) {
      values.push_back(p->value);
      gradients.push_back(p->gradient.contiguous());
      m.push_back(p->m);
      v.push_back(p->v);
    }
    const at::Tensor step = at::full({}, static_cast<double>(step_), values[0].options());  // only read
    const std::vector<at::Tensor> steps(values.size(), step);
    at::_fused_adam_(values, gradients, m, v, {}, steps, learning_rate, adam.beta1, adam.beta2, /*weight_decay=*/0,
                     adam.epsilon / c2, /*amsgrad=*/false, /*maximize=*/false, /*grad_scale=*/{}, /*found_inf=*/{});
  } else {
    for (Parameter* p : parameters) {
      p->m.mul_(adam.beta1).add_(p->gradient, 1 - adam.beta1);
      p->v.mul_(adam.beta2).addcmul_(p->gradient, p->gradient, 1 - adam.beta2);
      p->value.addcdiv_(p->m, p->v.sqrt().add_(adam.epsilon), -learning_rate * c2 / c1);
    }
  }
  for (Parameter* p : parameters) p->gradient = at::Tensor();
}

at::Tensor StackedHeads::Step(const at::Tensor& inputs, const at::Tensor& labels, const at::Tensor& weights,
                              double learning_rate) {
  ++step_;
  std::vector<Kept> kept(layers_.size());
  at::Tensor x = inputs;
  for (size_t i = 0; i < layers_.size(); ++i) x = Forward(i, x, kept[i]);
  const at::Tensor log_probability = at::log_softmax(x, 2);  // [K, batch, 2]
  const at::Tensor truth = at::one_hot(labels, kClasses).to(at::kFloat).unsqueeze(0);
  const at::Tensor weight = weights.view({1, -1, 1});
  at::Tensor gradient = (log_probability.exp() - truth).mul_(weight);
  for (size_t i = layers_.size(); i-- > 0;) gradient = Backward(i, gradient, kept[i]);
  Update(learning_rate);
  return -(log_probability * truth * weight).sum({1, 2});
}

at::Tensor StackedHeads::Logits(const at::Tensor& inputs) const {
  at::Tensor x = inputs;
  for (const Layer& layer : layers_) {
    x = Product(x, layer.kernel.value).add_(layer.bias.value);
    if (!layer.gamma.value.defined()) break;
    x.relu_().sub_(layer.mean).mul_((layer.variance + kNormEpsilon).rsqrt() * layer.gamma.value).add_(layer.beta.value);
  }
  return x;
}

double StackedHeads::Bytes(const Recipe& recipe, int64_t inputs) {
  const auto in = static_cast<double>(inputs);
  double units = in, widest = 0;
  for (const int64_t out : recipe.hidden) {
    units += 6.0 * static_cast<double>(out);
    widest = std::max(widest, static_cast<double>(out));
  }
  const double weights = Weights(recipe, inputs);
  const double rounded = recipe.precision == Precision::kBf16 ? 2 * in * static_cast<double>(recipe.hidden.at(0)) : 0;
  // A step: value, both moments and gradient of each weight, the rounded first kernel; inputs and what each hidden unit
  // keeps, in every row of a batch. Validation: no gradients, but more rows.
  const double step = 16 * weights + rounded + 4 * units * static_cast<double>(recipe.batch);
  const double validation = 12 * weights + rounded + 4 * static_cast<double>(kRowsOfLogits) * (in + 2 * widest);
  return std::max(step, validation);
}

}  // namespace kallos::train
