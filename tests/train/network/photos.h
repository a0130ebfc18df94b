// Photographs on disk for the tests of the training data path.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/rng.h"
#include "lib/image/image.h"
#include "lib/store/manifest.h"

namespace kallos::train {

// Smooth colours with noise, unlike those of any other seed.
inline Picture8 Photo(uint64_t seed, int height, int width) {
  Stream random(seed, "tests/train/distill");
  const double tilt = random.Uniform(-1, 1), level = random.Uniform(60, 180);
  Picture8 picture{height, width, {}};
  for (int i = 0; i < height * width * 3; ++i) {
    const double slope = tilt * (i / 3 % width) + i / 3 / width;
    picture.rgb.push_back(
        static_cast<uint8_t>(std::clamp(level + slope + random.Uniform(-20, 20), 0.0, 255.0)));
  }
  return picture;
}

// A folder of its own below the tests' temporary folder, gone at the end; `count` JPEGs of several
// sizes in it.
class PhotoFolder {
 public:
  explicit PhotoFolder(const std::string& name, size_t count)
      : folder_(fs::path(testing::TempDir()) / ("kallos_distill_" + name)) {
    fs::remove_all(folder_);
    MakeFolder(folder_);
    manifest_.folder = folder_;
    for (size_t i = 0; i < count; ++i) Add(i);
  }
  ~PhotoFolder() { fs::remove_all(folder_); }
  PhotoFolder(const PhotoFolder&) = delete;
  PhotoFolder& operator=(const PhotoFolder&) = delete;

  const store::Manifest& manifest() const { return manifest_; }
  fs::path PathOf(size_t row) const { return manifest_.PathOf(manifest_.rows[row]); }
  fs::path cache() const { return folder_ / "cache"; }
  // Writes another photograph in its place, or the same again.
  void Rewrite(size_t row, uint64_t seed) const {
    const int size = static_cast<int>(row % 4);
    image::WriteJpeg(PathOf(row), Photo(seed, 40 + 7 * size, 60 - 9 * size), 90);
  }

 private:
  void Add(size_t i) {
    store::ManifestRow row;
    row.id = fmt::format("p{:03}", i);
    row.path = row.id + ".jpg";
    manifest_.rows.push_back(row);
    Rewrite(i, i);
    manifest_.rows.back().sha256 = Sha256OfFile(PathOf(i));
  }

  fs::path folder_;
  store::Manifest manifest_;
};

}  // namespace kallos::train
