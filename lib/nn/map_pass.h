// What follows a convolution on CUDA, in one pass over its result.
#pragma once

#include <cstdint>

#include "lib/nn/activation.h"

namespace kallos::nn {

enum class MapType { kFloat, kHalf, kBFloat16 };

// A map [pixels, channels] of the device, changed in place: activation(map + bias [channels] +
// residual, a map like it); either may be null. All of one type, computed in float32.
struct MapPass {
  MapType type = MapType::kFloat;
  int64_t pixels = 0, channels = 0;
  void* map = nullptr;
  const void* bias = nullptr;
  const void* residual = nullptr;
  Activation activation = Activation::kNone;
};

// Whether RunMapPass takes it on the present device: channels go 16 bytes at a time.
bool TakesMapPass(const MapPass& pass);

// On the default stream. Null, or why CUDA refused it.
const char* RunMapPass(const MapPass& pass);

}  // namespace kallos::nn
