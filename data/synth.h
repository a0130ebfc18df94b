// Procedural demo photographs: stylised scenes, half of them spoilt, so that every command can be
// tried without data.
#pragma once

#include <cstdint>
#include <filesystem>

#include "lib/config/config.h"
#include "lib/run/run.h"

namespace kallos::data {

struct SynthConfig {
  int64_t count = 400;
  std::filesystem::path out;
};

template <typename V>
void Describe(V& v, SynthConfig& c) {
  v("count", c.count, InRange(1, 1'000'000), "Photographs to make, half of them good.");
  v("out", c.out, Required(), "Folder for good/, bad/ and manifest.csv.");
}

// Writes out/good/*.jpg, out/bad/*.jpg and, last, out/manifest.csv with the extra columns scene and
// flaw. Some files carry an EXIF orientation. The same seed gives the same bytes, at any thread
// count; photo i does not depend on count.
void RunSynth(const SynthConfig& config, RunContext& context);

}  // namespace kallos::data
