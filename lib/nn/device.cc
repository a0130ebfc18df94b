#include <ATen/Context.h>
#include <torch/cuda.h>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/nn/backbone.h"

namespace kallos::nn {

std::string Device::Name() const {
  return cuda ? fmt::format("cuda:{}", index) : "cpu";
}

Device ResolveDevice(const std::string& text) {
  const int count = static_cast<int>(torch::cuda::device_count());
  if (text == "cpu") return {};
  if (text == "auto") return {count > 0, 0};
  const bool plain = text == "cuda";
  const auto index = plain                       ? std::optional<int64_t>(0)
                     : text.starts_with("cuda:") ? ParseInt(text.substr(5))
                                                 : std::nullopt;
  if (!index || *index < 0) throw UsageError("--device {}: expected auto, cpu, cuda or cuda:0, cuda:1, ...", text);
  if (*index >= count) {
    throw EnvironmentError("--device {}: this machine shows {} CUDA devices to LibTorch{}; use --device cpu", text,
                           count, at::hasCUDA() ? "" : " (it was built without CUDA)");
  }
  return {true, static_cast<int>(*index)};
}

}  // namespace kallos::nn
