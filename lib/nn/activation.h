// What a convolution ends with.
#pragma once

namespace kallos::nn {

enum class Activation { kNone, kRelu, kRelu6, kSwish, kSigmoid };

}  // namespace kallos::nn
