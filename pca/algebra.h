// Where the exact fit computes.
#pragma once

#include <memory>
#include <string>

#include "lib/linalg/symmetric_algebra.h"

namespace kallos::pca {

// For the value of --device: "cpu", "auto" (a CUDA device where this build reaches one, else the
// CPU), "cuda", "cuda:1". Throws UsageError for other words, EnvironmentError for a device that is
// not there. A build without LibTorch has the CPU only, and says so.
std::shared_ptr<const linalg::SymmetricAlgebra> MakeAlgebra(const std::string& device);

}  // namespace kallos::pca
