// Which device computes, as --device says. No LibTorch type in this header.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kallos {

struct Device {
  bool cuda = false;
  int index = 0;
  std::string Name() const;  // "cpu", "cuda:0"
};

// "auto" (CUDA where there is a device), "cpu", "cuda", "cuda:1". Throws UsageError for other
// words, EnvironmentError for a device that is not there.
Device ResolveDevice(const std::string& text);

int CudaDevices();  // 0 where there is no CUDA

// Bytes of a CUDA device that nobody holds; nothing for the CPU, and where CUDA does not tell.
std::optional<uint64_t> FreeMemory(const Device& device);

}  // namespace kallos
