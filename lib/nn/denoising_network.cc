#include "lib/nn/denoising_network.h"

#include <array>

#include "lib/core/error.h"
#include "lib/nn/block_matching.h"
#include "lib/nn/declaration.h"

namespace kallos::nn {

Value DenoisingNetwork(Graph& graph) {
  constexpr std::array<int64_t, 7> kDilations = {1, 2, 3, 4, 3, 2, 1};
  Value x{kStackChannels, {}};
  for (size_t i = 0; i < kDilations.size(); ++i) {
    const bool first = i == 0, last = i + 1 == kDilations.size();
    ConvSpec spec;
    spec.layer = fmt::format("conv2d_{}", i + 1);
    spec.out = last ? 1 : 64;
    spec.kernel_height = spec.kernel_width = 3;
    spec.dilation = kDilations[i];
    spec.bias = true;
    if (!first && !last) {
      spec.norm_layer = fmt::format("batch_normalization_{}", i);
      spec.norm = Norm::kWithGamma;
    }
    spec.activation = last ? Activation::kNone : Activation::kRelu;
    x = graph.Conv(x, spec);
  }
  return x;
}

std::vector<ConvSpec> DenoisingConvs() {
  Declaration declaration;
  DenoisingNetwork(declaration);
  return declaration.convs;
}

}  // namespace kallos::nn
