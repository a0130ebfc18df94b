// Photographs to calibrated probabilities, by a model bundle and the weights of its backbones.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lib/core/result.h"
#include "lib/model/bundle.h"

namespace kallos::model {

struct PhotoFile {
  std::filesystem::path path;
  std::string sha256;  // what the file must have; "" = any
};

struct PhotoSettings {
  std::vector<std::filesystem::path> weights;
  std::string device = "auto";
  std::string label;  // of the progress line
};

// Calibrated probability of good for each photograph, in order; a Failure with its reason for one
// that cannot be read. A result depends on its photograph alone. Shows progress. Throws as
// MakeExtractors does, EnvironmentError where this build has no OpenCV, and
// InterruptedError when a stop is requested.
std::vector<Result<double>> PhotoProbabilities(const Bundle& bundle,
                                               const std::vector<PhotoFile>& photos,
                                               const PhotoSettings& settings);

}  // namespace kallos::model
