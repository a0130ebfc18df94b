// Symmetric matrices through LibTorch, which is how they reach a CUDA device. No LibTorch type in
// this header.
#pragma once

#include <memory>

#include "lib/device/device.h"
#include "lib/linalg/symmetric_algebra.h"

namespace kallos {

// Sums stay on the device between products; eigenpairs by at::linalg_eigh (cuSOLVER's syevd) in
// double precision. What LibTorch or CUDA refuse is an EnvironmentError. On the CPU it serves for
// tests.
std::unique_ptr<linalg::SymmetricAlgebra> MakeTorchAlgebra(const Device& device);

}  // namespace kallos
