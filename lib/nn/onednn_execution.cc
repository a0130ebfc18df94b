#include "lib/nn/onednn_execution.h"

#include <ATen/ATen.h>

#include <dnnl.hpp>
#include <map>
#include <mutex>
#include <new>
#include <tuple>

#include "lib/core/error.h"
#include "lib/nn/buffer_pool.h"
#include "lib/nn/map_kernels.h"

namespace kallos::nn {
namespace {

using dnnl::memory;

const dnnl::engine& Cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::stream& Stream() {
  thread_local dnnl::stream stream(Cpu());
  return stream;
}

memory::data_type TypeOf(at::ScalarType type) {
  return type == at::kBFloat16 ? memory::data_type::bf16 : memory::data_type::f32;
}

// Dense tensor in the pool's memory, channels last.
at::Tensor NewMap(int64_t channels, int64_t height, int64_t width, at::ScalarType type) {
  const auto count = static_cast<size_t>(channels * height * width);
  std::shared_ptr<void> memory = BufferPool::OfThisThread()->Take(count * c10::elementSize(type));
  void* data = memory.get();
  return at::from_blob(
      data, {1, channels, height, width},
      {channels * height * width, 1, width * channels, channels},
      [memory = std::move(memory)](void*) mutable { memory.reset(); }, type);
}

memory::desc MapLayout(const at::Tensor& x) {
  KALLOS_CHECK(x.size(0) == 1 && x.is_contiguous(at::MemoryFormat::ChannelsLast));
  return {{1, x.size(1), x.size(2), x.size(3)}, TypeOf(x.scalar_type()), memory::format_tag::nhwc};
}

memory::desc MapLayout(int64_t channels, int64_t height, int64_t width, memory::data_type type) {
  return {{1, channels, height, width}, type, memory::format_tag::nhwc};
}

memory::dims WeightDims(const ConvSpec& spec) {
  if (spec.depthwise) return {spec.out, 1, 1, spec.kernel_height, spec.kernel_width};
  return {spec.out, spec.in, spec.kernel_height, spec.kernel_width};
}

// Copies plain row-major float32 weights (OIHW, or GOIHW) into another layout and type.
std::vector<char> Packed(const std::vector<float>& plain, const ConvSpec& spec,
                         const memory::desc& layout) {
  const auto tag = spec.depthwise ? memory::format_tag::goihw : memory::format_tag::oihw;
  std::vector<char> packed(layout.get_size());
  memory from({WeightDims(spec), memory::data_type::f32, tag}, Cpu(),
              const_cast<float*>(plain.data()));
  memory to(layout, Cpu(), packed.data());
  dnnl::reorder(from, to).execute(Stream(), from, to);
  Stream().wait();
  return packed;
}

memory::desc AsFloat(memory::desc layout) {
  layout.data.data_type = dnnl_f32;
  return layout;
}

// The weights of a convolution in the layout that its primitive asks for.
struct PackedWeights {
  memory::desc layout;
  std::vector<char> bytes;
  // With a gate, instead: float32 in the same order, and the input channel of each, so that the
  // gate can be multiplied into the weights. For 1x1 convolutions that is many times fewer numbers
  // than the map has.
  std::vector<float> values;
  std::vector<uint16_t> channel;
};

std::vector<float> FloatsOf(const std::vector<char>& bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(values.data()));
  return values;
}

PackedWeights Pack(const ConvSpec& spec, const at::Tensor& weight, const memory::desc& layout,
                   bool gated) {
  const at::Tensor dense = weight.contiguous(at::MemoryFormat::Contiguous);
  const std::vector<float> plain(dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel());
  if (!gated) return {layout, Packed(plain, spec, layout), {}, {}};
  KALLOS_CHECK(spec.kernel_height == 1 && spec.kernel_width == 1 && !spec.depthwise &&
               spec.in <= UINT16_MAX);
  std::vector<float> numbers(plain.size());
  for (size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = static_cast<float>(i % static_cast<size_t>(spec.in));
  const std::vector<float> channels = FloatsOf(Packed(numbers, spec, AsFloat(layout)));
  return {layout,
          {},
          FloatsOf(Packed(plain, spec, AsFloat(layout))),
          {channels.begin(), channels.end()}};
}

dnnl::primitive_attr AttributesOf(const ConvSpec& spec, bool residual) {
  dnnl::post_ops after;
  if (residual) after.append_sum(1.0f);
  using enum dnnl::algorithm;
  switch (spec.activation) {
    case Activation::kNone:
      break;
    case Activation::kRelu:
      after.append_eltwise(1.0f, eltwise_relu, 0.0f, 0.0f);
      break;
    case Activation::kRelu6:
      after.append_eltwise(1.0f, eltwise_clip, 0.0f, 6.0f);
      break;
    case Activation::kSwish:
      after.append_eltwise(1.0f, eltwise_swish, 1.0f, 0.0f);
      break;
    case Activation::kSigmoid:
      after.append_eltwise(1.0f, eltwise_logistic, 0.0f, 0.0f);
      break;
  }
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(after);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

// A convolution for one size of input.
struct ReadyConv {
  dnnl::convolution_forward::primitive_desc description;
  dnnl::convolution_forward primitive;
  const PackedWeights* weights = nullptr;
};

}  // namespace

class OneDnnConvs {
 public:
  OneDnnConvs(const std::vector<FoldedConv>& convs, at::ScalarType type)
      : convs_(convs), type_(type) {
    weights_.resize(convs.size());
  }

  at::ScalarType type() const { return type_; }

  const ReadyConv& Ready(size_t index, const at::Tensor& x, const ConvEpilogue& epilogue) {
    const std::lock_guard lock(mutex_);
    const auto [found, added] = ready_.try_emplace({index, x.size(2), x.size(3)});
    if (added) found->second = Make(index, x, epilogue);
    return found->second;
  }

  const at::Tensor& Bias(size_t index) const { return convs_[index].bias; }

 private:
  ReadyConv Make(size_t index, const at::Tensor& x, const ConvEpilogue& epilogue) {
    const ConvSpec& spec = convs_[index].spec;
    const memory::data_type type = TypeOf(type_);
    const Margins m = MarginsOf(spec, x.size(2), x.size(3));
    const int64_t height = (x.size(2) + m.top + m.bottom - spec.ReachHeight()) / spec.stride + 1;
    const int64_t width = (x.size(3) + m.left + m.right - spec.ReachWidth()) / spec.stride + 1;
    const memory::desc any(WeightDims(spec), type, memory::format_tag::any);
    const memory::desc bias =
        convs_[index].bias.defined()
            ? memory::desc({spec.out}, memory::data_type::f32, memory::format_tag::x)
            : memory::desc();
    const dnnl::convolution_forward::desc description(
        dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, MapLayout(x), any,
        bias, MapLayout(spec.out, height, width, type), {spec.stride, spec.stride},
        {spec.dilation - 1, spec.dilation - 1}, {m.top, m.left}, {m.bottom, m.right});
    ReadyConv ready;
    ready.description = {description, AttributesOf(spec, epilogue.residual != nullptr), Cpu()};
    ready.primitive = dnnl::convolution_forward(ready.description);
    ready.weights = &Weights(index, ready.description.weights_desc(), epilogue.gate != nullptr);
    return ready;
  }

  // Most sizes of input ask for the same layout, so there are one or two per convolution.
  const PackedWeights& Weights(size_t index, const memory::desc& layout, bool gated) {
    for (const auto& packed : weights_[index]) {
      if (packed->layout == layout) return *packed;
    }
    const FoldedConv& conv = convs_[index];
    weights_[index].push_back(
        std::make_unique<PackedWeights>(Pack(conv.spec, conv.weight, layout, gated)));
    return *weights_[index].back();
  }

  std::vector<FoldedConv> convs_;
  at::ScalarType type_;
  std::mutex mutex_;
  std::vector<std::vector<std::unique_ptr<PackedWeights>>> weights_;  // by convolution
  // By convolution, height, width.
  std::map<std::tuple<size_t, int64_t, int64_t>, ReadyConv> ready_;
};

std::shared_ptr<OneDnnConvs> PackForOneDnn(const std::vector<FoldedConv>& convs,
                                           at::ScalarType type) {
  return std::make_shared<OneDnnConvs>(convs, type);
}

OneDnnExecution::OneDnnExecution(OneDnnConvs& packed, const std::vector<FoldedConv>& convs,
                                 at::Tensor input, Taps kind)
    : TorchExecution(convs, std::move(input), kind), packed_(packed) {}

OneDnnExecution::~OneDnnExecution() {
  BufferPool::OfThisThread()->Trim();
}

Value OneDnnExecution::Conv(const Value& input, ConvSpec, const ConvEpilogue& epilogue) {
  const auto [index, x] = Next(input);
  const ReadyConv& ready = packed_.Ready(index, x, epilogue);
  const memory::desc out = ready.description.dst_desc();
  const auto dims = out.dims();
  const Value y = {dims[1], epilogue.residual != nullptr
                                ? epilogue.residual->tensor
                                : NewMap(dims[1], dims[2], dims[3], packed_.type())};
  BufferPool& pool = *BufferPool::OfThisThread();
  const memory::desc scratch = ready.description.scratchpad_desc();
  const std::shared_ptr<void> scratch_memory = pool.Take(scratch.get_size());
  std::shared_ptr<void> gated;
  void* weights = const_cast<char*>(ready.weights->bytes.data());
  if (epilogue.gate != nullptr) {
    gated = pool.Take(ready.weights->layout.get_size());
    weights = gated.get();
    GateWeights(ready.weights->values, ready.weights->channel, epilogue.gate->tensor, weights);
  }
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, memory(ready.description.src_desc(), Cpu(), x.data_ptr())},
      {DNNL_ARG_WEIGHTS, memory(ready.weights->layout, Cpu(), weights)},
      {DNNL_ARG_DST, memory(out, Cpu(), y.tensor.data_ptr())},
      {DNNL_ARG_SCRATCHPAD, memory(scratch, Cpu(), scratch_memory.get())}};
  if (const at::Tensor& bias = packed_.Bias(index); bias.defined())
    arguments.emplace(DNNL_ARG_BIAS, memory(ready.description.bias_desc(), Cpu(), bias.data_ptr()));
  ready.primitive.execute(Stream(), arguments);
  return y;
}

at::Tensor OneDnnExecution::Average(const at::Tensor& x) {
  return AverageMap(x);
}

}  // namespace kallos::nn
