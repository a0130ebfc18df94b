// The same transforms as the published robustness test had them, with their flaws.
#pragma once

#include "lib/image/transform.h"

namespace kallos::image {

// Of a network's input, after the resize: border included, and not brought back to its size where
// the transform changes it. What differs from Apply: rotation by 1 degree on a canvas filled with
// black, cut to PublishedUpright; noise that is a sparse salt (AddSalt); sharpening that leaves
// 0..255. Crop of 0.85 to 0.9 of the area, denoising of strength 10 and blur of 7 x 7 are Apply's
// severities. (The published denoiser is nn::LearnedDenoiser; non-local means stand in.)
PictureF ApplyAsPublished(const Picture8& input, Transform transform, Stream stream);

// The cut of the published rotation, which is LargestUpright for squares only: where that takes the
// angle of the bounding box's diagonal, this one takes 45 degrees. `degrees` in [0, 90).
RectangleSize PublishedUpright(double height, double width, double degrees);

// Normal numbers of sd 0.4, cast to unsigned 8 bit and added up to 255: those of -1 or less (0.62
// %) wrap round and make white, those of 1 or more (0.62 %) add 1, the rest is cut to 0.
Picture8 AddSalt(const Picture8& picture, Stream stream);

// Stretched to the next lower multiples of 8, at least 16 (bilinear): what the published denoiser
// takes.
Picture8 ToMultiplesOfEight(const Picture8& picture);

}  // namespace kallos::image
