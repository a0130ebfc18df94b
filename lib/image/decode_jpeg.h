// JPEG through libjpeg, so that damage has a reason and CMYK is converted as Pillow converts it.
#pragma once

#include <string_view>

#include "lib/core/picture.h"
#include "lib/core/result.h"

namespace kallos::image {

// Stored orientation. Any corruption that libjpeg reports, a truncation included, is a Failure.
Result<Picture8> DecodeJpeg(std::string_view bytes);

}  // namespace kallos::image
