// Random changes of photographs for training.
#pragma once

#include "lib/core/picture.h"
#include "lib/core/rng.h"

namespace kallos::image {

// What may be done to a photograph each time that it is trained on. Only the flip is on by itself:
// framing, level and colour are part of what makes a photograph good or bad, so that the others
// change the verdict that is to be learnt.
struct Augmentation {
  bool flip = true;   // left and right exchanged, half of the time
  double crop = 0;    // largest share of each side that is cut away, in [0, 1)
  double rotate = 0;  // largest angle to either side in degrees, in [0, 45]; nothing is filled in
  // Largest change of brightness, contrast and saturation, as a share, in [0, 1].
  double colour = 0;
};

// Throws UsageError naming the value that is out of its range.
void RequireValid(const Augmentation& augmentation);

// A picture of the same size. The cut keeps the aspect and is scaled back, in one bilinear pass
// with the rotation. Each change has its own random numbers, so that what one does is the same with
// and without the others. Colours are within a grey level of what the factors say. Throws
// InputError as RequireRotatable does.
Picture8 Augment(const Picture8& picture, const Augmentation& augmentation, Stream stream);

// Left and right exchanged.
Picture8 Mirror(const Picture8& picture);

}  // namespace kallos::image
