// The commands of kallos-data that look into photographs: import, clean, synth.
#pragma once

#include <vector>

#include "lib/run/run.h"

namespace kallos::data {

// In a build without OpenCV these commands exist, and say so.
std::vector<Command> ImageCommands();

}  // namespace kallos::data
