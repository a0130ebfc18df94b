// JPEG through libjpeg, so that damage has a reason and CMYK is converted as Pillow converts it.
#pragma once

#include <string_view>

#include "lib/core/picture.h"
#include "lib/core/result.h"
#include "lib/image/image.h"

namespace kallos::image {

// Stored orientation. Damage to the coded pixels, a truncation included, is a Failure; junk between
// segments is not. `header` is what ReadHeader said of the same bytes.
Result<Picture8> DecodeJpeg(std::string_view bytes, const Header& header);

}  // namespace kallos::image
