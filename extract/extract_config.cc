// What flags of kallos-extract must agree on, and the extractors that they describe.
#include "extract/extract_config.h"

#include <algorithm>
#include <set>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::extract {
namespace {

// The value for backbone k of a list that may be given once for all.
template <typename T>
const T& Of(const std::vector<T>& values, size_t k) {
  return values.size() == 1 ? values[0] : values[k];
}

template <typename T>
void CheckCount(const char* flag, const std::vector<T>& values, size_t backbones,
                Violations& violations) {
  if (values.size() == 1 || values.size() == backbones) return;
  violations.push_back(
      fmt::format("--{} is given {} times for {} backbones; give it once, or once for each", flag,
                  values.size(), backbones));
}

void CheckOut(const ExtractConfig& config, Violations& violations) {
  if (config.out.size() != config.backbone.size()) {
    violations.push_back(
        fmt::format("--out is given {} times for {} backbones; each needs a folder of its own",
                    config.out.size(), config.backbone.size()));
  }
  std::set<std::filesystem::path> seen;
  for (const auto& folder : config.out) {
    if (!seen.insert(folder.lexically_normal()).second)
      violations.push_back(fmt::format("--out {} is given twice", PathText(folder)));
  }
}

void CheckWeights(const ExtractConfig& config, Violations& violations) {
  if (config.random_weights && !config.weights.empty())
    violations.push_back("--weights and --random-weights exclude each other");
  if (config.random_weights) return;
  if (!config.weights.empty())
    return CheckCount("weights", config.weights, config.backbone.size(), violations);
  violations.push_back(
      "--weights is missing: the backbone's weight file (or --random-weights SEED for an untrained "
      "network, whose features are good for trying things out only)");
}

void CheckNames(const ExtractConfig& config, Violations& violations) {
  const auto& known = nn::BackboneNames();
  for (const std::string& name : config.backbone) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      violations.push_back(fmt::format("--backbone {}: unknown{}; known: {}", name,
                                       DidYouMean(name, known), Join(known, ", ")));
  }
  for (const std::string& rule : config.resize) {
    try {
      image::ParseResizeRule(rule);
    } catch (const Error& error) {
      violations.push_back(fmt::format("--resize {}", error.what()));
    }
  }
}

void CheckOutputs(const ExtractConfig& config, Violations& violations) {
  const bool taps_outputs = std::ranges::count(config.taps, nn::Taps::kOutputs) > 0;
  if (taps_outputs && config.outputs == 0)
    violations.push_back("--taps outputs: how many there are is missing; give --outputs");
  if (!taps_outputs && config.outputs > 0)
    violations.push_back("--outputs goes with --taps outputs only");
}

std::optional<nn::Scaling> ScalingOf(ScalingChoice choice) {
  switch (choice) {
    case ScalingChoice::kAuto:
      return std::nullopt;
    case ScalingChoice::kUnit:
      return nn::Scaling::kUnit;
    case ScalingChoice::kSymmetric:
      return nn::Scaling::kSymmetric;
    case ScalingChoice::kImagenet:
      return nn::Scaling::kImagenet;
  }
  throw BugError("scaling choice");
}

}  // namespace

std::optional<model::Part> ParsePart(const std::string& text) {
  if (text.empty()) return model::Part{};
  const std::vector<std::string> words = Split(text, '/');
  const auto index = ParseInt(words.front());
  const auto count = ParseInt(words.back());
  if (words.size() != 2 || !index || !count || *index < 1 || *index > *count) return std::nullopt;
  return model::Part{*index - 1, *count};
}

void Validate(const ExtractConfig& config, Violations& violations) {
  const size_t backbones = config.backbone.size();
  CheckNames(config, violations);
  CheckCount("taps", config.taps, backbones, violations);
  CheckOutputs(config, violations);
  CheckCount("resize", config.resize, backbones, violations);
  CheckCount("scaling", config.scaling, backbones, violations);
  CheckWeights(config, violations);
  CheckOut(config, violations);
  if (!ParsePart(config.part))
    violations.push_back(
        fmt::format("--part {}: expected i/n with i from 1 to n, as 1/4 ... 4/4", config.part));
  if (config.fresh && !config.part.empty())
    violations.push_back(
        "--fresh with --part would remove what the other parts made; remove the folder by hand "
        "first");
}

std::vector<model::ExtractorSpec> SpecsOf(const ExtractConfig& config) {
  std::vector<model::ExtractorSpec> specs;
  for (size_t k = 0; k < config.backbone.size(); ++k) {
    model::ExtractorSpec spec;
    spec.backbone = config.backbone[k];
    spec.taps = Of(config.taps, k);
    if (spec.taps == nn::Taps::kOutputs) spec.outputs = config.outputs;
    spec.resize = image::ParseResizeRule(Of(config.resize, k));
    spec.scaling = ScalingOf(Of(config.scaling, k));
    spec.apply_orientation = config.exif == Orientation::kApply;
    spec.precision = config.precision;
    spec.device = config.device;
    if (config.random_weights) spec.random_seed = *config.random_weights;
    if (!config.random_weights) spec.weights = Of(config.weights, k);
    specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace kallos::extract
