#include "lib/core/error.h"
#include "pca/algebra.h"

namespace kallos::pca {

std::shared_ptr<const linalg::SymmetricAlgebra> MakeAlgebra(const std::string& device) {
  if (device == "cpu" || device == "auto") return std::make_shared<linalg::HostAlgebra>();
  throw EnvironmentError(
      "--device {}: CUDA devices are reached through LibTorch, which this build has not; use --device cpu, or install "
      "a LibTorch with CUDA and build again",
      device);
}

}  // namespace kallos::pca
