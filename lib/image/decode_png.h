// PNG through libpng, so that damage has a reason and nothing is printed.
#pragma once

#include <string_view>

#include "lib/core/picture.h"
#include "lib/core/result.h"
#include "lib/image/image.h"

namespace kallos::image {

// Stored orientation; the first picture of an animation. `header` is what ReadHeader said of the
// same bytes.
Result<Picture8> DecodePng(std::string_view bytes, const Header& header);

}  // namespace kallos::image
