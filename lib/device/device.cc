#include "lib/device/device.h"

#include <ATen/Context.h>
#include <c10/core/DeviceGuard.h>
#include <dlfcn.h>
#include <torch/cuda.h>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace kallos {

std::string Device::Name() const {
  return cuda ? fmt::format("cuda:{}", index) : "cpu";
}

int CudaDevices() {
  return static_cast<int>(torch::cuda::device_count());
}

Device ResolveDevice(const std::string& text) {
  const int count = CudaDevices();
  if (text == "cpu") return {};
  if (text == "auto") return {count > 0, 0};
  const bool plain = text == "cuda";
  const auto index = plain                       ? std::optional<int64_t>(0)
                     : text.starts_with("cuda:") ? ParseInt(text.substr(5))
                                                 : std::nullopt;
  if (!index || *index < 0)
    throw UsageError("--device {}: expected auto, cpu, cuda or cuda:0, cuda:1, ...", text);
  if (*index >= count) {
    throw EnvironmentError(
        "--device {}: this machine shows {} CUDA devices to LibTorch{}; use --device cpu", text,
        count, at::globalContext().hasCUDART() ? "" : " (it was built without CUDA)");
  }
  return {true, static_cast<int>(*index)};
}

std::optional<uint64_t> FreeMemory(const Device& device) {
  if (!device.cuda) return std::nullopt;
  // By name from the CUDA library that LibTorch has loaded: neither it nor its headers are needed
  // to build.
  using MemGetInfo = int (*)(size_t * free, size_t * total);
  const auto mem_get_info = reinterpret_cast<MemGetInfo>(dlsym(RTLD_DEFAULT, "cudaMemGetInfo"));
  if (mem_get_info == nullptr) return std::nullopt;
  const c10::DeviceGuard guard(at::Device(at::kCUDA, static_cast<at::DeviceIndex>(device.index)));
  size_t free = 0;
  size_t total = 0;
  return mem_get_info(&free, &total) == 0 ? std::optional<uint64_t>(free) : std::nullopt;
}

}  // namespace kallos
