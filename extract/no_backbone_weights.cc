#include "extract/backbone_weights.h"
#include "lib/core/error.h"

namespace kallos::extract {

std::optional<std::vector<std::string>> FittingBackbones(const weights::TensorFile&) {
  return std::nullopt;
}

BackboneTensors TakeBackbone(const weights::TensorFile&, const std::string& backbone) {
  throw EnvironmentError("'{}' is not known to this build, which has no LibTorch; run tools/setup and build again",
                         backbone);
}

}  // namespace kallos::extract
