// The flags of kallos-eval robustness.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "eval/robustness/view.h"
#include "lib/config/config.h"

namespace kallos::eval {

struct RobustnessConfig {
  std::filesystem::path bundle;
  std::filesystem::path manifest;
  std::vector<std::filesystem::path> weights;
  std::string device = "auto";
  std::string split = "test";
  std::vector<image::Transform> transforms = {
      image::Transform::kRotate, image::Transform::kCrop,  image::Transform::kDenoise,
      image::Transform::kBlur,   image::Transform::kNoise, image::Transform::kSharpness};
  std::vector<int64_t> severities;
  bool legacy = false;
  std::filesystem::path out;
  std::optional<std::filesystem::path> denoiser;
  std::optional<std::filesystem::path> views;
  bool fresh = false;

  std::filesystem::path ViewsFolder() const { return views.value_or(out / "views"); }
};

template <class V>
void Describe(V& v, RobustnessConfig& c) {
  v("bundle", c.bundle, Required(), "Model bundle to test.");
  v("manifest", c.manifest, Required(), "The photographs.");
  v("weights", c.weights, "Weight files of the bundle's backbones, matched by their hash.");
  v("device", c.device, "auto, cpu, cuda or cuda:INDEX.");
  v("split", c.split, OneOf({"train", "val", "test", "all"}),
    "Rows that count; rows of a benchmark count for test and all.");
  v("transforms", c.transforms, "With commas; several are also pooled as 'joint'.");
  v("severities", c.severities, InRange(1, image::kSeverities),
    "Of each transform, 1 to 5; all unless given.");
  v("legacy", c.legacy,
    "The transforms as the published test had them, after each backbone's resize; no severities.");
  v("denoiser", c.denoiser,
    "With --legacy: weight file of the published learned denoiser; without it non-local means "
    "stand in.");
  v("out", c.out, Required(),
    "Folder for table.md, robustness.csv, robustness.json and predictions.csv.");
  v("views", c.views,
    "Folder that keeps the features of each view, for other heads too; OUT/views unless given.");
  v("fresh", c.fresh, "Start over: forget the features that are kept of these photographs.");
}

// There must be a transform, nothing may stand twice, --legacy has no severities,
// and --denoiser needs it.
void Validate(const RobustnessConfig& config, Violations& violations);

// The views that the config means, the untouched photographs first, then by transform and severity.
std::vector<View> ViewsOf(const RobustnessConfig& config);

}  // namespace kallos::eval
