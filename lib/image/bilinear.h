// Bilinear scaling. Internal to lib/image; users call Resize (resize.h).
#pragma once

#include "lib/core/picture.h"

namespace kallos::image {

// Half-pixel centres, no antialiasing: the value at (y, x) is interpolated from the four pixels
// about
//   ((y + 0.5) * picture.height / height - 0.5, (x + 0.5) * picture.width / width - 0.5),
// places beyond the border taking the border's pixels. Pictures of 8 bits are rounded.
Picture8 ScaleBilinear(const Picture8& picture, int height, int width);
PictureF ScaleBilinear(const PictureF& picture, int height, int width);

}  // namespace kallos::image
