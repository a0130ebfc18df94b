#include "lib/nn/training/training_execution.h"

#include <ATen/ATen.h>

#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/parallel/parallel.h"

namespace kallos::nn {
namespace {

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;
// Outputs of a dense layer that one task computes, on the CPU.
constexpr int64_t kDenseShare = 1024;

// A new map: work(i) for each part.
template <typename Work>
Parts Mapped(const Parts& x, const Work& work) {
  Parts y(x.size());
  ForEachPart(x.size(), [&](size_t i) { y[i] = work(i); });
  return y;
}

Parts PartsOfBatch(const at::Tensor& batch) {
  if (batch.is_cuda()) return {batch.contiguous(kChannelsLast)};
  Parts parts;
  for (int64_t i = 0; i < batch.size(0); ++i)
    parts.push_back(batch.narrow(0, i, 1).contiguous(kChannelsLast));
  return parts;
}

// [N, C] of parts that are 1 x 1 maps.
at::Tensor Rows(const Parts& parts) {
  return at::cat(parts, 0).flatten(1);
}

// Back to parts of as many rows as those of `like` have.
Parts PartsOfRows(const at::Tensor& rows, const Parts& like) {
  Parts parts;
  int64_t first = 0;
  for (const at::Tensor& part : like) {
    parts.push_back(
        rows.narrow(0, first, part.size(0)).unsqueeze(2).unsqueeze(3).contiguous(kChannelsLast));
    first += part.size(0);
  }
  return parts;
}

// What LibTorch's convolution wants to know; where the margins are not symmetric, zeros are put
// around x first.
struct Geometry {
  Margins margins;
  bool padded = false;
  std::vector<int64_t> padding;
};

Geometry GeometryOf(const ConvSpec& spec, const at::Tensor& x) {
  const Margins m = MarginsOf(spec, x.size(2), x.size(3));
  const bool padded = m.top != m.bottom || m.left != m.right;
  return {m, padded, padded ? std::vector<int64_t>{0, 0} : std::vector<int64_t>{m.top, m.left}};
}

at::Tensor Padded(const at::Tensor& x, const Geometry& geometry) {
  const Margins& m = geometry.margins;
  if (!geometry.padded) return x;
  return at::constant_pad_nd(x, {m.left, m.right, m.top, m.bottom}, 0).contiguous(kChannelsLast);
}

at::Tensor WithoutPadding(const at::Tensor& padded, const Geometry& geometry, const at::Tensor& x) {
  if (!geometry.padded) return padded.contiguous(kChannelsLast);
  return padded.narrow(2, geometry.margins.top, x.size(2))
      .narrow(3, geometry.margins.left, x.size(3))
      .contiguous(kChannelsLast);
}

int64_t GroupsOf(const ConvSpec& spec) {
  return spec.depthwise ? spec.in : 1;
}

std::string KernelName(const ConvSpec& spec) {
  return spec.layer + (spec.depthwise ? "/depthwise_kernel" : "/kernel");
}

// The sum in the order of the parts, of the layout of `like`.
at::Tensor SumOf(const Parts& parts, const at::Tensor& like) {
  at::Tensor sum = at::zeros_like(like);
  for (const at::Tensor& part : parts) sum.add_(part.view(like.sizes()));
  return sum;
}

// Channels of `halves` groups interleaved.
at::Tensor Interleaved(const at::Tensor& x, int64_t halves) {
  const at::Tensor pixels = x.permute({0, 2, 3, 1});
  return pixels.unflatten(3, {halves, x.size(1) / halves})
      .transpose(3, 4)
      .reshape(pixels.sizes())
      .permute({0, 3, 1, 2});
}

PoolWindow WindowOf(const PoolSpec& spec, const at::Tensor& x) {
  return WindowOf(spec, x.size(2), x.size(3));
}

// Where dropout draws from: Stream(seed, name, step, row).
struct DropoutStreams {
  uint64_t seed = 0;
  std::string name;
  uint64_t step = 0;
  uint64_t first_row = 0;
};
// What x [N, C, 1, 1] is multiplied by: 0 for a share `rate` of its numbers, 1 / (1 - rate) for the
// others.
at::Tensor DropoutFactors(const at::Tensor& x, double rate, const DropoutStreams& streams) {
  const int64_t channels = x.numel() / x.size(0);
  const at::Tensor factors = at::empty(x.sizes(), at::kFloat);
  float* out = factors.data_ptr<float>();
  for (int64_t row = 0; row < x.size(0); ++row) {
    Stream stream(streams.seed, streams.name, streams.step,
                  streams.first_row + static_cast<uint64_t>(row));
    for (int64_t i = 0; i < channels; ++i)
      *out++ = stream.Uniform() < rate ? 0.0f : static_cast<float>(1 / (1 - rate));
  }
  return factors.to(x.device()).contiguous(kChannelsLast);
}

}  // namespace

TrainingExecution::TrainingExecution(NamedTensors& parameters, const at::Tensor& input,
                                     const TrainingMode& mode)
    : parameters_(parameters), mode_(mode) {
  Add(PartsOfBatch(input), false);
}

// ---- the tape ----

Value TrainingExecution::Add(Parts parts, bool requires_grad) {
  Value value;
  value.channels = parts[0].size(1);
  value.node = static_cast<int64_t>(nodes_.size());
  nodes_.push_back({std::move(parts), requires_grad, {}});
  return value;
}

void TrainingExecution::Remember(const Value& y, std::function<void(Parts& gradient)> back) {
  if (!RequiresGrad(y)) return;
  tape_.emplace_back([this, y, back = std::move(back)] {
    Node& node = nodes_[static_cast<size_t>(y.node)];
    if (!node.gradient.empty()) back(node.gradient);
    node.gradient.clear();
    node.parts.clear();
  });
}

void TrainingExecution::AddGradient(const Value& x, Parts gradient) {
  Node& node = nodes_[static_cast<size_t>(x.node)];
  if (!node.requires_grad) return;
  for (const at::Tensor& part : gradient) KALLOS_CHECK(part.is_contiguous(kChannelsLast));
  if (node.gradient.empty()) {
    node.gradient = std::move(gradient);
  } else {
    ForEachPart(gradient.size(), [&](size_t i) { node.gradient[i].add_(gradient[i]); });
  }
}

void TrainingExecution::AddToChannels(const Value& x, int64_t first, const Parts& gradient) {
  Node& node = nodes_[static_cast<size_t>(x.node)];
  if (!node.requires_grad) return;
  const bool fresh = node.gradient.empty();
  node.gradient.resize(gradient.size());
  ForEachPart(gradient.size(), [&](size_t i) {
    if (fresh) node.gradient[i] = at::zeros_like(node.parts[i]);
    node.gradient[i].narrow(1, first, gradient[i].size(1)).add_(gradient[i]);
  });
}

at::Tensor TrainingExecution::Outputs() const {
  KALLOS_CHECK(!tapped_.empty(), "the network has no taps of this kind");
  std::vector<at::Tensor> columns;
  for (const Value& value : tapped_) columns.push_back(Rows(PartsOf(value)));
  return at::cat(columns, 1);
}

NamedTensors TrainingExecution::Backward(const at::Tensor& gradient) {
  int64_t first = 0;
  for (const Value& value : tapped_) {
    AddGradient(value, PartsOfRows(gradient.narrow(1, first, value.channels), PartsOf(value)));
    first += value.channels;
  }
  for (; !tape_.empty(); tape_.pop_back()) tape_.back()();
  return std::move(gradients_);
}

// ---- convolutions and what follows them ----

Value TrainingExecution::Conv(const Value& input, ConvSpec spec, const ConvEpilogue& epilogue) {
  Value x = input;
  if (convs_ == 0) x.node = 0;
  spec.in = x.channels;
  if (spec.depthwise) spec.out = x.channels;
  const bool trained = convs_++ >= mode_.frozen_convs;
  if (epilogue.gate != nullptr) x = Gate(x, *epilogue.gate);
  const Value y = spec.dense ? Dense(x, spec, trained) : Convolve(x, spec, trained);
  return Finish(y, spec, epilogue.residual, trained);
}

Value TrainingExecution::Gate(const Value& x, const Value& gate) {
  const Value y =
      Add(Mapped(PartsOf(x), [&](size_t i) { return PartsOf(x)[i] * PartsOf(gate)[i]; }),
          RequiresGrad(x) || RequiresGrad(gate));
  Remember(y, [this, x, gate, in = PartsOf(x), factor = PartsOf(gate)](Parts& gradient) {
    AddGradient(gate, Mapped(in, [&](size_t i) {
                  return (gradient[i] * in[i]).sum({2, 3}, true).contiguous(kChannelsLast);
                }));
    AddGradient(x, Mapped(in, [&](size_t i) { return gradient[i] * factor[i]; }));
  });
  return y;
}

// The bias of a convolution before a batch norm is left out here, for it belongs to the mean that
// is taken away.
Value TrainingExecution::Convolve(const Value& x, const ConvSpec& spec, bool trained) {
  const at::Tensor weight = parameters_.at(KernelName(spec));
  const bool biased = spec.bias && spec.norm == Norm::kNone;
  const at::Tensor bias = biased ? parameters_.at(spec.layer + "/bias") : at::Tensor();
  const Parts& in = PartsOf(x);
  const Geometry geometry = GeometryOf(spec, in[0]);
  const std::vector<int64_t> stride = {spec.stride, spec.stride},
                             dilation = {spec.dilation, spec.dilation};
  const Value y = Add(Mapped(in,
                             [&](size_t i) {
                               return at::conv2d(Padded(in[i], geometry), weight, bias, stride,
                                                 geometry.padding, dilation, GroupsOf(spec))
                                   .contiguous(kChannelsLast);
                             }),
                      trained || RequiresGrad(x));
  Remember(y, [=, this, in = in](Parts& gradient) {
    Parts by_x(in.size()), by_weight(in.size()), by_bias(in.size());
    ForEachPart(in.size(), [&](size_t i) {
      const auto [dx, dw, db] = at::convolution_backward(
          gradient[i], Padded(in[i], geometry), weight, at::IntArrayRef{spec.out}, stride,
          geometry.padding, dilation, false, {0, 0}, GroupsOf(spec),
          {RequiresGrad(x), trained, trained && biased});
      if (RequiresGrad(x)) by_x[i] = WithoutPadding(dx, geometry, in[i]);
      by_weight[i] = dw;
      by_bias[i] = db;
    });
    if (RequiresGrad(x)) AddGradient(x, std::move(by_x));
    if (trained) gradients_[KernelName(spec)] = SumOf(by_weight, weight);
    if (trained && biased) gradients_[spec.layer + "/bias"] = SumOf(by_bias, bias);
  });
  return y;
}

Value TrainingExecution::Dense(const Value& x, const ConvSpec& spec, bool trained) {
  const at::Tensor weight = parameters_.at(spec.layer + "/kernel").flatten(1);  // [out, in]
  const at::Tensor bias = parameters_.at(spec.layer + "/bias");
  const at::Tensor rows = Rows(PartsOf(x));
  const int64_t share = rows.is_cuda() ? spec.out : kDenseShare;
  const size_t shares = static_cast<size_t>((spec.out + share - 1) / share);
  const auto of = [=](const at::Tensor& t, int64_t axis, size_t k) {
    const int64_t first = static_cast<int64_t>(k) * share;
    return t.narrow(axis, first, std::min(share, spec.out - first));
  };
  Parts products(shares);
  ForEachPart(shares, [&](size_t k) {
    products[k] = at::addmm(of(bias, 0, k), rows, of(weight, 0, k).t());
  });
  const Value y = Add(PartsOfRows(at::cat(products, 1), PartsOf(x)), trained || RequiresGrad(x));
  Remember(y, [=, this](Parts& gradient) {
    const at::Tensor by_y = Rows(gradient);
    const at::Tensor by_weight = at::empty_like(weight);
    Parts by_x(shares);
    ForEachPart(shares, [&](size_t k) {
      const at::Tensor part = of(by_y, 1, k);
      if (trained) of(by_weight, 0, k).copy_(at::mm(part.t(), rows));
      if (RequiresGrad(x)) by_x[k] = at::mm(part, of(weight, 0, k));
    });
    if (RequiresGrad(x)) AddGradient(x, PartsOfRows(SumOf(by_x, rows), PartsOf(x)));
    if (!trained) return;
    gradients_[spec.layer + "/kernel"] =
        by_weight.view(parameters_.at(spec.layer + "/kernel").sizes());
    gradients_[spec.layer + "/bias"] = by_y.sum(0);
  });
  return y;
}

// Batch norm (Ioffe and Szegedy, "Batch Normalization", 2015), with the scale s of the convolution:
//   z = s (gamma (x - mean) / sqrt(variance + epsilon) + beta) + residual
//     = factor (x - mean) + shift + residual,
//   factor = s gamma / sqrt(variance + epsilon), shift = s beta;
// mean and variance are those of the batch, or the moving ones where the layer is frozen.
AffineMap TrainingExecution::MapOf(const Value& x, const ConvSpec& spec, bool trained,
                                   Moments& moments) {
  AffineMap map;
  map.activation = spec.activation;
  const at::TensorOptions options = PartsOf(x)[0].options();
  map.mean = at::zeros({x.channels}, options);
  map.shift = at::zeros({x.channels}, options);
  map.factor = at::full({x.channels}, spec.scale, options);
  if (spec.norm == Norm::kNone) return map;
  const auto parameter = [&](const char* weight) {
    return parameters_.at(spec.norm_layer + "/" + weight);
  };
  if (trained) {
    moments = MomentsOf(PartsOf(x));
    MoveStatistics(spec, moments);
  } else {
    moments = {parameter("moving_mean"), parameter("moving_variance"), 0};
    if (spec.bias) moments.mean = moments.mean - parameters_.at(spec.layer + "/bias");
  }
  map.mean = moments.mean;
  map.factor = map.factor * (moments.variance + spec.norm_epsilon).rsqrt();
  if (spec.norm == Norm::kWithGamma) map.factor = map.factor * parameter("gamma");
  map.shift = parameter("beta") * spec.scale;
  return map;
}

// moving = (1 - rate) moving + rate value, rate = 1 - momentum. Where moving statistics began at 0
// and 1, rate = (1 - momentum) / (1 - momentum^t) at step t: the first values are gone after the
// first step, as those of Adam's moments are. The variance is that of a sample, n / (n - 1) times
// the batch's own.
void TrainingExecution::MoveStatistics(const ConvSpec& spec, const Moments& moments) {
  const double initial = mode_.fresh_statistics
                             ? std::pow(spec.norm_momentum, static_cast<double>(mode_.step + 1))
                             : 0;
  const double rate = (1 - spec.norm_momentum) / (1 - initial);
  const auto move = [&](const char* weight, const at::Tensor& value) {
    parameters_.at(spec.norm_layer + "/" + weight).mul_(1 - rate).add_(value, rate);
  };
  move("moving_mean",
       spec.bias ? moments.mean + parameters_.at(spec.layer + "/bias") : moments.mean);
  const auto n = static_cast<double>(moments.count);
  move("moving_variance", moments.count > 1 ? moments.variance * (n / (n - 1)) : moments.variance);
}

// Backward of batch norm (Ioffe and Szegedy, section 3), per channel over the n numbers of a batch.
// With g = dL/dz, d = x - mean and r = 1 / sqrt(variance + epsilon):
//   dL/dbeta  = s sum(g)
//   dL/dgamma = s r sum(g d)
//   dL/dx     = factor (g - sum(g) / n - d r^2 sum(g d) / n)
//             = factor g + b d + c,  c = -factor sum(g) / n,  b = -factor r^2 sum(g d) / n.
// Frozen, mean and variance do not depend on x: b = c = 0.
Value TrainingExecution::Finish(const Value& x, const ConvSpec& spec, const Value* residual,
                                bool trained) {
  const bool plain =
      spec.norm == Norm::kNone && spec.scale == 1 && spec.activation == Activation::kNone;
  if (plain && residual == nullptr) return x;
  Moments moments;
  AffineMap map = MapOf(x, spec, trained, moments);
  const Parts residual_parts = residual != nullptr ? PartsOf(*residual) : Parts{};
  const auto with_residual = [residual_parts](AffineMap m) {
    m.residual = residual_parts.empty() ? nullptr : &residual_parts;
    return m;
  };
  const Value y = Add(Apply(with_residual(map), PartsOf(x)),
                      RequiresGrad(x) || (residual != nullptr && RequiresGrad(*residual)));
  const Value added = residual != nullptr ? *residual : Value{};
  Remember(y, [=, this, in = PartsOf(x)](Parts& gradient) {
    ToGradientOfZ(with_residual(map), in, gradient);
    const bool normed = trained && spec.norm != Norm::kNone;
    at::Tensor b = at::zeros_like(map.mean), c = at::zeros_like(map.mean);
    if (normed) {
      const GradientSums sums = SumsOf(gradient, in, map.mean);
      const at::Tensor inverse_sd = (moments.variance + spec.norm_epsilon).rsqrt();
      const auto n = static_cast<double>(moments.count);
      c = map.factor * sums.shift / -n;
      b = map.factor * inverse_sd.square() * sums.factor / -n;
      gradients_[spec.norm_layer + "/beta"] = sums.shift * spec.scale;
      if (spec.norm == Norm::kWithGamma)
        gradients_[spec.norm_layer + "/gamma"] = sums.factor * inverse_sd * spec.scale;
      // Whatever the bias is, the mean takes it away again.
      if (spec.bias) gradients_[spec.layer + "/bias"] = at::zeros_like(map.mean);
    }
    if (RequiresGrad(x)) AddGradient(x, Combined(gradient, in, map.mean, map.factor, b, c));
    if (added.node >= 0) AddGradient(added, std::move(gradient));
  });
  return y;
}

// ---- everything else ----

Value TrainingExecution::Pool(const Value& x, const PoolSpec& spec) {
  return spec.kind == PoolKind::kMax ? MaxPool(x, spec) : AveragePool(x, spec);
}

Value TrainingExecution::MaxPool(const Value& x, const PoolSpec& spec) {
  const Parts& in = PartsOf(x);
  const PoolWindow w = WindowOf(spec, in[0]);
  Parts largest(in.size()), places(in.size());
  ForEachPart(in.size(), [&](size_t i) {
    std::tie(largest[i], places[i]) =
        at::max_pool2d_with_indices(in[i], w.size, w.stride, w.padding, {1, 1}, w.ceiling);
  });
  const Value y = Add(std::move(largest), RequiresGrad(x));
  Remember(y, [=, this, in = in](Parts& gradient) {
    AddGradient(x, Mapped(in, [&](size_t i) {
                  return at::max_pool2d_with_indices_backward(gradient[i], in[i], w.size, w.stride,
                                                              w.padding, {1, 1}, w.ceiling,
                                                              places[i]);
                }));
  });
  return y;
}

Value TrainingExecution::AveragePool(const Value& x, const PoolSpec& spec) {
  const Parts& in = PartsOf(x);
  const PoolWindow w = WindowOf(spec, in[0]);
  const auto average = [&](size_t i) {
    return at::avg_pool2d(in[i], w.size, w.stride, w.padding, w.ceiling, spec.count_padding);
  };
  const Value y = Add(Mapped(in, average), RequiresGrad(x));
  Remember(y, [=, this, in = in](Parts& gradient) {
    AddGradient(x, Mapped(in, [&](size_t i) {
                  return at::avg_pool2d_backward(gradient[i], in[i], w.size, w.stride, w.padding,
                                                 w.ceiling, spec.count_padding, {});
                }));
  });
  return y;
}

Value TrainingExecution::Concat(const std::vector<Value>& values) {
  bool requires_grad = false;
  for (const Value& value : values) requires_grad |= RequiresGrad(value);
  const auto joined = [&](size_t i) {
    std::vector<at::Tensor> tensors;
    for (const Value& value : values) tensors.push_back(PartsOf(value)[i]);
    return at::cat(tensors, 1);
  };
  const Value y = Add(Mapped(PartsOf(values[0]), joined), requires_grad);
  Remember(y, [this, values](Parts& gradient) {
    int64_t first = 0;
    for (const Value& value : values) {
      AddGradient(value, Mapped(gradient, [&](size_t i) {
                    return gradient[i].narrow(1, first, value.channels).contiguous(kChannelsLast);
                  }));
      first += value.channels;
    }
  });
  return y;
}

Value TrainingExecution::Channels(const Value& x, int64_t first, int64_t count) {
  const Value y =
      Add(Mapped(PartsOf(x),
                 [&](size_t i) {
                   return PartsOf(x)[i].narrow(1, first, count).contiguous(kChannelsLast);
                 }),
          RequiresGrad(x));
  Remember(y, [=, this](Parts& gradient) { AddToChannels(x, first, gradient); });
  return y;
}

Value TrainingExecution::Shuffle(const Value& x) {
  const Value y = Add(Mapped(PartsOf(x), [&](size_t i) { return Interleaved(PartsOf(x)[i], 2); }),
                      RequiresGrad(x));
  Remember(y, [=, this](Parts& gradient) {
    AddGradient(
        x, Mapped(gradient, [&](size_t i) { return Interleaved(gradient[i], x.channels / 2); }));
  });
  return y;
}

Value TrainingExecution::Mean(const Value& x) {
  const Value y = Add(Mapped(PartsOf(x),
                             [&](size_t i) {
                               return PartsOf(x)[i].mean({2, 3}, true).contiguous(kChannelsLast);
                             }),
                      RequiresGrad(x));
  Remember(y, [this, x, in = PartsOf(x)](Parts& gradient) {
    AddGradient(x, Mapped(in, [&](size_t i) {
                  const auto pixels = static_cast<double>(in[i].size(2) * in[i].size(3));
                  return (gradient[i] / pixels).expand_as(in[i]).contiguous(kChannelsLast);
                }));
  });
  return y;
}

Value TrainingExecution::Dropout(const Value& x, double rate, bool) {
  const std::string name = fmt::format("nn/dropout/{}", dropouts_++);
  if (rate == 0) return x;
  DropoutStreams streams{mode_.seed, name, mode_.step, 0};
  Parts factors;
  for (const at::Tensor& part : PartsOf(x)) {
    factors.push_back(DropoutFactors(part, rate, streams));
    streams.first_row += static_cast<uint64_t>(part.size(0));
  }
  const Value y =
      Add(Mapped(factors, [&](size_t i) { return PartsOf(x)[i] * factors[i]; }), RequiresGrad(x));
  Remember(y, [=, this](Parts& gradient) {
    AddGradient(x, Mapped(factors, [&](size_t i) { return gradient[i] * factors[i]; }));
  });
  return y;
}

void TrainingExecution::Tap(const std::string&, const Value& x, Taps kind) {
  if (kind == mode_.taps) tapped_.push_back(kind == Taps::kOutputs ? x : Mean(x));
}

}  // namespace kallos::nn
