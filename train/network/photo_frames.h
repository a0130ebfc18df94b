// Photographs at the size of a network's input: from memory, from disk, or decoded.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/picture.h"
#include "lib/core/result.h"
#include "lib/image/resize.h"
#include "lib/store/manifest.h"
#include "train/network/frame_folder.h"

namespace kallos::train {

struct FrameSettings {
  image::ResizeRule resize;
  bool apply_orientation = true;     // EXIF
  int64_t max_pixels = 100'000'000;  // of the file
  // Bytes of frames kept in memory; nothing = a quarter of what is available.
  std::optional<int64_t> memory_budget;
  std::filesystem::path cache;  // folder that keeps all frames on disk; "" = none
};

// A frame is the photograph after the resize, without the border that "border:" adds, rounded to 8
// bits wherever it comes from: what a frame holds depends on the photograph's bytes and the
// settings only. Memory keeps the frames that were first made: every epoch asks for all of them, so
// that to replace one by another would gain nothing.
class PhotoFrames {
 public:
  // Makes every frame once, in parallel, so that what is wrong with a photograph is known before
  // any training; a frame on disk vouches for its photograph, which is not read then. Throws
  // InputError naming up to ten photographs that are missing, changed since import or do not
  // decode, InterruptedError when a stop is requested, EnvironmentError when the cache cannot be
  // made.
  PhotoFrames(store::Manifest manifest, FrameSettings settings);

  const store::Manifest& manifest() const { return manifest_; }
  const FrameSettings& settings() const { return settings_; }

  // Of a row of the manifest, on any thread. Throws InputError naming the photograph where it has
  // to be decoded again and has changed.
  std::shared_ptr<const Picture8> Get(size_t row);

  int64_t largest() const {
    return largest_;
  }  // values (3 a pixel) of the largest input, border included
  int64_t decoded() const { return decoded_; }  // how many times a photograph was decoded so far

 private:
  // Rows of equal content share one.
  struct Frame {
    size_t row = 0;
    std::mutex mutex;  // held while the frame is made
    std::shared_ptr<const Picture8> picture;
  };
  // What is wrong with a photograph, or "", by row.
  using Faults = std::vector<std::string>;

  void FillHashes(Faults& faults);
  void MakeFrames(Faults& faults);
  void RequireNone(const Faults& faults) const;

  Result<std::shared_ptr<const Picture8>> GetFrame(Frame& frame);
  Result<Picture8> Make(const store::ManifestRow& row);
  Result<Picture8> Decode(const store::ManifestRow& row);
  std::string DescriptionOf(const store::ManifestRow& row) const;
  bool Reserve(int64_t bytes);

  store::Manifest manifest_;
  const FrameSettings settings_;
  std::optional<FrameFolder> cache_;
  std::vector<std::unique_ptr<Frame>> frames_;
  std::vector<Frame*> frame_of_row_;
  std::atomic<int64_t> free_bytes_ = 0;
  std::atomic<int64_t> decoded_ = 0;
  int64_t largest_ = 0;
};

}  // namespace kallos::train
