#include "pca/algebra.h"

#include "lib/device/torch_algebra.h"

namespace kallos::pca {

std::shared_ptr<const linalg::SymmetricAlgebra> MakeAlgebra(const std::string& text) {
  const Device device = ResolveDevice(text);
  if (device.cuda) return MakeTorchAlgebra(device);
  return std::make_shared<linalg::HostAlgebra>();
}

}  // namespace kallos::pca
