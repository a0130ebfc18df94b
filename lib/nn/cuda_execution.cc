#include "lib/nn/cuda_execution.h"

#include <ATen/ATen.h>

#include <optional>

#include "lib/core/error.h"
#ifdef KALLOS_WITH_CUDA
#include "lib/nn/map_pass.h"
#endif

namespace kallos::nn {
namespace {

// [N, H * W, C], a view of a map [N, C, H, W] whose channels lie last.
at::Tensor Rows(const at::Tensor& x) {
  return x.permute({0, 2, 3, 1}).reshape({x.size(0), -1, x.size(1)});
}

at::Tensor MapOf(const at::Tensor& rows, int64_t height, int64_t width) {
  return rows.view({rows.size(0), height, width, rows.size(2)}).permute({0, 3, 1, 2});
}

// The gate is multiplied into the kernel, one for each picture, which is much smaller than the map.
at::Tensor GatedConv(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& weight) {
  const at::Tensor kernels =
      weight.view({1, weight.size(0), weight.size(1)}) * gate.view({gate.size(0), 1, -1});
  return MapOf(at::bmm(Rows(x), kernels.transpose(1, 2)), x.size(2), x.size(3));
}

#ifdef KALLOS_WITH_CUDA
std::optional<MapType> TypeOf(const at::Tensor& x) {
  switch (x.scalar_type()) {
    case at::kFloat:
      return MapType::kFloat;
    case at::kHalf:
      return MapType::kHalf;
    case at::kBFloat16:
      return MapType::kBFloat16;
    default:
      return std::nullopt;
  }
}

bool InOnePass(at::Tensor& y, const FoldedConv& conv, const Value* residual) {
  const auto last = [](const at::Tensor& map) {
    return map.is_contiguous(at::MemoryFormat::ChannelsLast);
  };
  const std::optional<MapType> type = TypeOf(y);
  if (!type || !last(y) || (residual != nullptr && !last(residual->tensor))) return false;
  MapPass pass;
  pass.type = *type;
  pass.channels = y.size(1);
  pass.pixels = y.numel() / y.size(1);
  pass.map = y.data_ptr();
  pass.bias = conv.bias.defined() ? conv.bias.data_ptr() : nullptr;
  pass.residual = residual != nullptr ? residual->tensor.data_ptr() : nullptr;
  pass.activation = conv.spec.activation;
  if (!TakesMapPass(pass)) return false;
  const char* refused = RunMapPass(pass);
  TORCH_CHECK(refused == nullptr, "CUDA: ", refused);
  return true;
}
#else
bool InOnePass(at::Tensor&, const FoldedConv&, const Value*) {
  return false;
}
#endif

}  // namespace

Value CudaExecution::Conv(const Value& input, ConvSpec, const ConvEpilogue& epilogue) {
  auto [index, x] = Next(input);
  const FoldedConv& conv = convs_[index];
  const ConvSpec& spec = conv.spec;
  at::Tensor y;
  if (epilogue.gate != nullptr) {
    y = GatedConv(x, epilogue.gate->tensor, conv.weight);
  } else {
    const std::vector<int64_t> padding = Pad(spec, x), stride(2, spec.stride),
                               dilation(2, spec.dilation);
    const int64_t groups = spec.depthwise ? spec.in : 1;
    if (spec.activation == Activation::kRelu && conv.bias.defined()) {
      y = epilogue.residual == nullptr
              ? at::cudnn_convolution_relu(x, conv.weight, conv.bias, stride, padding, dilation,
                                           groups)
              : at::cudnn_convolution_add_relu(x, conv.weight, epilogue.residual->tensor, 1.0,
                                               conv.bias, stride, padding, dilation, groups);
      return {spec.out, y};
    }
    y = at::conv2d(x, conv.weight, {}, stride, padding, dilation, groups);
  }
  if (!InOnePass(y, conv, epilogue.residual)) {
    if (conv.bias.defined()) y += conv.bias.view({1, -1, 1, 1});
    if (epilogue.residual != nullptr) y += epilogue.residual->tensor;
    Activate(y, spec.activation);
  }
  return {spec.out, y};
}

}  // namespace kallos::nn
