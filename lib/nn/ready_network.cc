#include "lib/nn/ready_network.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include "lib/device/libtorch.h"
#include "lib/nn/cuda_execution.h"
#ifdef KALLOS_WITH_ONEDNN
#include "lib/nn/onednn_execution.h"
#endif

namespace kallos::nn {

ReadyNetwork::ReadyNetwork(const std::vector<ConvSpec>& convs, const ParameterValues& values,
                           const Device& device, at::ScalarType type)
    : device_(AtDevice(device)), type_(type) {
  const c10::InferenceMode inference;
  at::set_num_threads(1);  // lib/parallel owns the threads: one photograph, one thread
  folded_ = FoldConvs(convs, values);
#ifdef KALLOS_WITH_ONEDNN
  if (!device.cuda) {
    packed_ = PackForOneDnn(folded_, type_);
    return;
  }
#endif
  for (FoldedConv& conv : folded_) {
    conv.weight = conv.weight.to(device_).to(type_).contiguous(at::MemoryFormat::ChannelsLast);
    if (conv.bias.defined()) conv.bias = conv.bias.to(device_).to(type_);
  }
}

at::Tensor ReadyNetwork::Run(at::Tensor input, Taps kind,
                             const std::function<at::Tensor(TorchExecution&)>& use) const {
  const c10::InferenceMode inference;
  input = input.to(device_).to(type_);
#ifdef KALLOS_WITH_ONEDNN
  if (packed_ != nullptr) {
    OneDnnExecution execution(*packed_, folded_, std::move(input), kind);
    return use(execution);
  }
#endif
  if (device_.is_cuda() && at::globalContext().hasCuDNN()) {
    CudaExecution execution(folded_, std::move(input), kind);
    return use(execution);
  }
  TorchExecution execution(folded_, std::move(input), kind);
  return use(execution);
}

}  // namespace kallos::nn
