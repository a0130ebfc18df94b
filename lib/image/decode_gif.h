// The first frame of a GIF, through giflib.
#pragma once

#include <string_view>

#include "lib/core/picture.h"
#include "lib/core/result.h"

namespace kallos::image {

// On the logical screen, which the frame may cover in part; the rest has the transparent colour, or
// the first.
Result<Picture8> DecodeGif(std::string_view bytes);

}  // namespace kallos::image
