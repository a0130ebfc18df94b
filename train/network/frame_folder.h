// Resized photographs on disk.
#pragma once

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>

#include "lib/core/picture.h"

namespace kallos::train {

// One file for each picture, named by the hash of its description (which photograph, resized how).
// Several processes may use a folder at once. All functions may run on many threads at once, but
// for one description on one only.
class FrameFolder {
 public:
  // Makes the folder. Throws EnvironmentError.
  explicit FrameFolder(std::filesystem::path folder);

  // Nothing where there is no such picture, or a damaged one, which is noticed by its SHA-256 and
  // sizes.
  std::optional<Picture8> Read(const std::string& description) const;

  // Published whole or not at all. When that fails, the disk being full for one, a warning says so
  // and nothing is written any more: the folder saves time and decides nothing.
  void Write(const std::string& description, const Picture8& picture);

  std::filesystem::path PathOf(const std::string& description) const;

 private:
  std::filesystem::path folder_;
  std::atomic<bool> writable_ = true;
};

}  // namespace kallos::train
