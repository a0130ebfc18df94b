// TIFF, BMP, WebP, PNM and JPEG 2000 through OpenCV.
#pragma once

#include <string_view>

#include "lib/core/picture.h"
#include "lib/core/result.h"
#include "lib/image/image.h"

namespace kallos::image {

// Stored orientation. OpenCV gives no reasons, only that it could not.
Result<Picture8> DecodeWithOpenCv(std::string_view bytes, const Header& header);

}  // namespace kallos::image
