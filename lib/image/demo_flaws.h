// What spoils the bad demo photographs.
#pragma once

#include <string>
#include <vector>

#include "lib/image/canvas.h"
#include "lib/image/demo_scenes.h"

namespace kallos::image {

enum class Flaw {
  kNone,
  kBlur,
  kNoise,
  kUnderexposed,
  kOverexposed,
  kTilted,
  kBadlyComposed,
  kBlocky,
  kColorCast
};

std::string FlawName(Flaw flaw);
// One flaw, or two at times.
std::vector<Flaw> DrawFlaws(Stream& random);

// On thirds; kBadlyComposed cuts the subject off at the edge or loses it in the middle.
Composition DrawComposition(Stream& random, bool good);

// Changes the pixels. kBadlyComposed and kBlocky change nothing here: they act before and after.
void ApplyFlaw(Canvas& canvas, Stream& random, Flaw flaw);

}  // namespace kallos::image
