// What code that calls LibTorch on a device needs; included by .cc files only.
#pragma once

#include <ATen/ATen.h>
#include <c10/core/DeviceGuard.h>

#include "lib/core/error.h"
#include "lib/device/device.h"

namespace kallos {

inline at::Device AtDevice(const Device& device) {
  return device.cuda ? at::Device(at::kCUDA, static_cast<at::DeviceIndex>(device.index))
                     : at::Device(at::kCPU);
}

// work() with that device as the present one, for kernels of our own, and with LibTorch's errors as
// EnvironmentError; out of memory passes as it is, for callers that can do with less.
template <typename Work>
auto Guarded(const Device& device, const Work& work) {
  try {
    const c10::DeviceGuard present(AtDevice(device));
    return work();
  } catch (const c10::OutOfMemoryError&) {
    throw;
  } catch (const c10::Error& error) {
    throw EnvironmentError("--device {}: LibTorch says: {}; use --device cpu", device.Name(),
                           error.what_without_backtrace());
  }
}

}  // namespace kallos
