// Procedural demo photographs: stylised scenes, some of them spoilt, so that every command can be
// tried without data.
#pragma once

#include <string>

#include "lib/core/rng.h"

namespace kallos::image {

struct DemoPhoto {
  std::string scene;  // "landscape", "sea", ... as demo_scenes.h has them
  std::string flaws;  // "none", or what spoils it: "blur", "noise+tilted"
  int width = 0;      // in pixels, upright
  int height = 0;
  std::string jpeg;  // the file's bytes, one in five with an EXIF orientation other than upright
};

// A scene of 320 to 640 pixels a side, well composed where `good`, else with one or two flaws.
// Equal streams give equal bytes.
DemoPhoto MakeDemoPhoto(Stream random, bool good);

}  // namespace kallos::image
