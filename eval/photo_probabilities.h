// Photographs to calibrated probabilities, by a model bundle and the weights of its backbones.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/core/result.h"
#include "train/bundle.h"

namespace kallos::eval {

struct PhotoFile {
  std::filesystem::path path;
  std::string sha256;  // what the file must have; "" = any
};

// A bundle with its backbones loaded.
class PhotoJudge {
 public:
  // Throws as MakeExtractors does, and EnvironmentError where this build has no OpenCV or LibTorch. The bundle must
  // live as long.
  PhotoJudge(const train::Bundle& bundle, const std::vector<std::filesystem::path>& weights, const std::string& device);
  ~PhotoJudge();

  // Calibrated probability of good for each photograph, in order; a Failure with its reason for one that cannot be
  // read. A result depends on its photograph alone. The features of all are in memory at once. Calls on_photo after
  // each, from any thread. Throws InterruptedError when a stop is requested.
  std::vector<Result<double>> Judge(const std::vector<PhotoFile>& photos, const std::function<void()>& on_photo) const;

 private:
  struct Loaded;
  std::unique_ptr<Loaded> loaded_;
};

struct PhotoSettings {
  std::vector<std::filesystem::path> weights;
  std::string device = "auto";
  std::string label;  // of the progress line
};

// A PhotoJudge's answers for any number of photographs, with progress.
std::vector<Result<double>> PhotoProbabilities(const train::Bundle& bundle, const std::vector<PhotoFile>& photos,
                                               const PhotoSettings& settings);

}  // namespace kallos::eval
