// The convolutions of a network made ready for a device, and the executor that fits it.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "lib/device/device.h"
#include "lib/nn/torch_execution.h"

namespace kallos::nn {

class OneDnnConvs;

class ReadyNetwork {
 public:
  // `convs` in the order in which the architecture's function makes them; batch norms are folded,
  // weights get `type` and move to the device.
  ReadyNetwork(const std::vector<ConvSpec>& convs, const ParameterValues& values,
               const Device& device, at::ScalarType type);

  // use(execution) over an execution that begins with `input` [N, C, H, W], any type, anywhere. On
  // the CPU N is 1, and several threads may call at once.
  at::Tensor Run(at::Tensor input, Taps kind,
                 const std::function<at::Tensor(TorchExecution&)>& use) const;

 private:
  at::Device device_;
  at::ScalarType type_;
  std::vector<FoldedConv> folded_;
  std::shared_ptr<OneDnnConvs> packed_;  // on the CPU, with oneDNN
};

}  // namespace kallos::nn
