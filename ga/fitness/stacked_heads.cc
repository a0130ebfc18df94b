#include "ga/fitness/stacked_heads.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lib/core/error.h"
#include "lib/parallel/parallel.h"
#include "train/trainer.h"
#ifdef KALLOS_WITH_CUDA
#include "ga/fitness/fused_heads.h"
#endif

namespace kallos::ga {
namespace {

constexpr int64_t kBatchDimension = 1;

at::Tensor Copied(const Matrix<float>& matrix, at::Device device) {
  const std::vector<int64_t> shape = {static_cast<int64_t>(matrix.rows()),
                                      static_cast<int64_t>(matrix.columns())};
  return at::from_blob(const_cast<float*>(matrix.data()), shape, at::kFloat)
      .to(device, at::kFloat, false, true);
}

double Weights(const Recipe& recipe, int64_t inputs) {
  return static_cast<double>(
      model::KernelWeights({static_cast<size_t>(inputs), recipe.hidden, recipe.dropout}));
}

// [1, batch, units]: 0 or 1 / (1 - dropout).
at::Tensor DropoutScale(const at::Tensor& mask, double dropout) {
  return mask.to(at::kFloat).mul_(1 / (1 - dropout)).unsqueeze(0);
}

}  // namespace

FirstWeights::FirstWeights(const Recipe& recipe, int64_t inputs, int64_t columns, uint64_t seed,
                           at::Device device) {
  const model::HeadSpec spec{static_cast<size_t>(inputs), recipe.hidden, recipe.dropout};
  Columns all(columns);
  std::iota(all.begin(), all.end(), 0);
  by_column = Copied(model::InitRowsOf(spec, seed, all), device);
  // The layers after the first do not depend on the inputs.
  const model::Head head = model::InitHead({1, recipe.hidden, recipe.dropout}, seed);
  for (size_t i = 1; i < head.size(); ++i) kernels.push_back(Copied(head[i].kernel, device));
}

std::vector<at::Tensor> DropoutMasks(const Recipe& recipe, uint64_t seed, int64_t first_step,
                                     const std::vector<int64_t>& rows_of_steps, at::Device device) {
  std::vector<int64_t> first_rows = {0};
  for (const int64_t rows : rows_of_steps) first_rows.push_back(first_rows.back() + rows);
  const at::TensorOptions bytes =
      at::TensorOptions().dtype(at::kByte).pinned_memory(device.is_cuda());
  std::vector<at::Tensor> masks;
  for (size_t layer = 0; layer < recipe.hidden.size(); ++layer) {
    at::Tensor all = at::empty({first_rows.back(), recipe.hidden[layer]}, bytes);
    ParallelFor(rows_of_steps.size(), [&](size_t i) {
      const Matrix<uint8_t> mask =
          train::DropoutMask(seed, layer, first_step + i, recipe.dropout[layer], rows_of_steps[i],
                             recipe.hidden[layer]);
      std::copy_n(mask.data(), mask.rows() * mask.columns(),
                  all.data_ptr<uint8_t>() + first_rows[i] * recipe.hidden[layer]);
    });
    masks.push_back(all.to(device, at::kByte, /*non_blocking=*/true));  // nothing waits
  }
  return masks;
}

StackedHeads::StackedHeads(const Recipe& recipe, const FirstWeights& first,
                           const at::Tensor& indices, int64_t heads, Precision precision)
    : recipe_(recipe), device_(indices.device()), precision_(precision) {
  const auto parameter = [](at::Tensor value) {
    return Parameter{value, at::zeros_like(value), at::zeros_like(value), {}};
  };
  for (size_t i = 0; i <= recipe.hidden.size(); ++i) {
    Layer layer;
    layer.kernel = parameter(
        i == 0 ? first.by_column.index_select(0, indices).view({heads, -1, first.by_column.size(1)})
               : first.kernels[i - 1].unsqueeze(0).repeat({heads, 1, 1}));
    const at::TensorOptions options = layer.kernel.value.options();
    const std::vector<int64_t> shape = {heads, 1, layer.kernel.value.size(2)};
    layer.bias = parameter(at::zeros(shape, options));
    if (i < recipe.hidden.size()) {
      layer.gamma = parameter(at::ones(shape, options));
      layer.beta = parameter(at::zeros(shape, options));
      layer.mean = at::zeros(shape, options);
      layer.variance = at::ones(shape, options);
      layer.dropout = recipe.dropout[i];
    }
    layers_.push_back(std::move(layer));
  }
}

// LibTorch rounds the result of a product of bfloat16 too, not only its inputs.
at::Tensor StackedHeads::Product(const at::Tensor& a, const at::Tensor& b) const {
  if (precision_ != Precision::kBf16) return at::bmm(a, b);
  return at::bmm(a.to(at::kBFloat16), b.to(at::kBFloat16));
}

// (1 - momentum) / (1 - momentum^t) in step t, which leaves the initial 0 and 1 without weight;
// (1 - momentum) in Keras.
double StackedHeads::StatisticsRate() const {
  const bool debias = recipe_.moving_statistics == train::MovingStatistics::kDebiased;
  return (1 - model::kNormMomentum) / (1 - (debias ? std::pow(model::kNormMomentum, step_) : 0.0));
}

// z = input kernel + bias as K products [batch, in] x [in, out] in one call. A hidden layer goes on
// with x = relu(z) and batch norm over the batch (Ioffe and Szegedy, ICML 2015, algorithm 1):
//   mean = 1/batch sum x,   variance = 1/batch sum (x - mean)^2,
//   normalised = (x - mean) / sqrt(variance + epsilon),
//   result = (gamma normalised + beta) * dropout scale.
// Moving statistics: moving += rate (of the batch - moving). Keeps the normalised x.
at::Tensor StackedHeads::Forward(const Layer& layer, Kept& kept) {
  at::Tensor x = Product(kept.input, KernelOf(layer)).to(at::kFloat).add_(layer.bias.value);
  if (layer.is_last()) return x;
  x.relu_();
  kept.positive = x > 0;
  // Over batch, not batch - 1, also in the moving variance, as in Keras.
  const auto [variance, mean] =
      at::var_mean(x, at::IntArrayRef{kBatchDimension}, /*unbiased=*/false, /*keepdim=*/true);
  layer.mean.add_(mean - layer.mean, StatisticsRate());
  layer.variance.add_(variance - layer.variance, StatisticsRate());
  kept.inverse_sd = (variance + model::kNormEpsilon).rsqrt();
  kept.output = at::addcmul(-mean * kept.inverse_sd, x, kept.inverse_sd);
  return at::addcmul(layer.beta.value, kept.output, layer.gamma.value)
      .mul_(DropoutScale(kept.mask, layer.dropout));
}

// With dy the gradient by gamma normalised + beta (Ioffe and Szegedy, ICML 2015, section 3):
//   dbeta = sum dy,   dgamma = sum dy normalised,
//   dx = gamma / sqrt(variance + epsilon) (dy - dbeta / batch - normalised dgamma / batch),
//   dz = dx where x > 0, else 0,
// sums over the batch. Then by K products each
//   dbias = sum dz,   dkernel [in, out] = input^T dz,   dinput [batch, in] = dz kernel^T.
at::Tensor StackedHeads::Backward(Layer& layer, at::Tensor gradient, const Kept& kept,
                                  bool by_input) {
  gradient = gradient.to(at::kFloat);
  if (!layer.is_last()) {
    gradient = gradient * DropoutScale(kept.mask, layer.dropout);
    layer.beta.gradient = gradient.sum(kBatchDimension, true);
    layer.gamma.gradient = (gradient * kept.output).sum(kBatchDimension, true);
    const double rows = gradient.size(kBatchDimension);
    const at::Tensor factor = layer.gamma.value * kept.inverse_sd;
    gradient = at::addcmul(layer.beta.gradient * factor / -rows, gradient, factor)
                   .addcmul_(kept.output, layer.gamma.gradient * factor, -1 / rows)
                   .mul_(kept.positive);
  }
  layer.bias.gradient = gradient.sum(kBatchDimension, true);
  layer.kernel.gradient = Product(kept.input.transpose(1, 2), gradient).to(at::kFloat);
  return by_input ? Product(gradient, KernelOf(layer).transpose(1, 2)) : at::Tensor();
}

std::vector<StackedHeads::Parameter*> StackedHeads::ParametersWithGradients() {
  std::vector<Parameter*> parameters;
  for (Layer& layer : layers_) {
    for (Parameter* parameter : {&layer.kernel, &layer.bias, &layer.gamma, &layer.beta}) {
      if (parameter->gradient.defined()) parameters.push_back(parameter);
    }
  }
  return parameters;
}

// Adam as lib/nn/training/adam.h has it. LibTorch's fused kernel (CUDA; one pass over the memory)
// divides the root by correction = sqrt(1 - beta2^t), so its epsilon is epsilon / correction:
//   rate m / (sqrt(v) + epsilon) =
//   learning_rate / (1 - beta1^t) m / (sqrt(v) / correction + epsilon / correction).
void StackedHeads::Update() {
  const nn::AdamStep adam = Adam();
  const std::vector<Parameter*> parameters = ParametersWithGradients();
  if (device_.is_cuda()) {
    std::vector<at::Tensor> values, gradients, m, v;
    for (Parameter* p : parameters) {
      values.push_back(p->value);
      gradients.push_back(p->gradient.contiguous());
      m.push_back(p->m);
      v.push_back(p->v);
    }
    const at::Tensor step = at::full({}, step_, values[0].options());  // only read
    const std::vector<at::Tensor> steps(values.size(), step);
    at::_fused_adam_(values, gradients, m, v, {}, steps, learning_rate_, adam.beta1, adam.beta2,
                     /*weight_decay=*/0, adam.epsilon / adam.correction, /*amsgrad=*/false,
                     /*maximize=*/false, /*grad_scale=*/{},
                     /*found_inf=*/{});
  } else {
    for (Parameter* p : parameters) {
      p->m.mul_(adam.beta1).add_(p->gradient, 1 - adam.beta1);
      p->v.mul_(adam.beta2).addcmul_(p->gradient, p->gradient, 1 - adam.beta2);
      p->value.addcdiv_(p->m, p->v.sqrt().add_(adam.epsilon), -adam.rate);
    }
  }
  for (Parameter* p : parameters) p->gradient = at::Tensor();
}

at::Tensor StackedHeads::Step(const at::Tensor& inputs, const at::Tensor& labels,
                              const at::Tensor& weights, const std::vector<at::Tensor>& masks,
                              double learning_rate) {
  ++step_;
  learning_rate_ = learning_rate;
  std::vector<Kept> kept(layers_.size());
  at::Tensor x = inputs;
  for (size_t i = 0; i < layers_.size(); ++i) {
    kept[i].input = x;
    if (i < masks.size()) kept[i].mask = masks[i];
    x = Forward(layers_[i], kept[i]);
  }
  // loss = -sum over rows i of weight[i] log p[i][label], p = softmax(x); by x: weight (p - truth).
  const at::Tensor log_probability = at::log_softmax(x, 2);  // [K, batch, outputs]
  const at::Tensor truth = at::one_hot(labels, x.size(2)).to(at::kFloat).unsqueeze(0);
  const at::Tensor weight = weights.view({1, -1, 1});
  at::Tensor gradient = (log_probability.exp() - truth).mul_(weight);
  for (size_t i = layers_.size(); i-- > 0;)
    gradient = Backward(layers_[i], gradient, kept[i], /*by_input=*/i > 0);
  Update();
  return -(log_probability * truth * weight).sum({1, 2});
}

at::Tensor StackedHeads::Logits(const at::Tensor& inputs) const {
  at::Tensor x = inputs;
  for (const Layer& layer : layers_) {
    x = Product(x, KernelOf(layer)).to(at::kFloat).add_(layer.bias.value);
    if (layer.is_last()) break;
    x.relu_()
        .sub_(layer.mean)
        .mul_((layer.variance + model::kNormEpsilon).rsqrt() * layer.gamma.value)
        .add_(layer.beta.value);
  }
  return x;
}

double StackedHeads::Bytes(const Recipe& recipe, int64_t inputs) {
  const double in = inputs;
  double units = in, widest = 0;
  for (const int64_t out : recipe.hidden) {
    units += 6.0 * out;
    widest = std::max<double>(widest, out);
  }
  const double weights = Weights(recipe, inputs);
  const double rounded = recipe.precision == Precision::kBf16 ? 2 * in * recipe.hidden.at(0) : 0;
  // A step: value, both moments and gradient of each weight, the rounded first kernel; inputs and
  // what each hidden unit keeps, in every row of a batch. Validation: no gradients, but more rows.
  const double step = 16 * weights + rounded + 4 * units * recipe.batch;
  const double validation = 12 * weights + rounded + 4 * kRowsOfLogits * (in + 2 * widest);
  return std::max(step, validation);
}

std::unique_ptr<StackedHeads> MakeStackedHeads(const Recipe& recipe, const FirstWeights& first,
                                               const at::Tensor& indices, int64_t heads,
                                               Precision precision) {
#ifdef KALLOS_WITH_CUDA
  if (indices.is_cuda() && FusedHeads::Take(recipe))
    return std::make_unique<FusedHeads>(recipe, first, indices, heads, precision);
#endif
  return std::make_unique<StackedHeads>(recipe, first, indices, heads, precision);
}

}  // namespace kallos::ga
