// What the demo photographs show.
#pragma once

#include <string>
#include <vector>

#include "lib/image/canvas.h"

namespace kallos::image {

// Where things stand: on thirds in a good picture, anywhere in a badly composed one.
struct Composition {
  double subject_x = 0.333;
  double horizon = 0.667;     // fraction of the height
  double subject_size = 1.0;  // 1 = as large as suits the scene
};

struct Scene {
  std::string name;
  void (*paint)(Canvas& canvas, Stream& random, const Composition& composition);
};

const std::vector<Scene>& Scenes();

}  // namespace kallos::image
