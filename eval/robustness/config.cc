#include "eval/robustness/config.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace kallos::eval {
namespace {

template <typename T>
bool StandsTwice(const std::vector<T>& values) {
  return std::set<T>(values.begin(), values.end()).size() != values.size();
}

std::set<int64_t> Severities(const RobustnessConfig& config) {
  if (config.legacy) return {kAsPublished};
  if (!config.severities.empty()) return {config.severities.begin(), config.severities.end()};
  std::vector<int64_t> all(image::kSeverities);
  std::iota(all.begin(), all.end(), 1);
  return {all.begin(), all.end()};
}

}  // namespace

void Validate(const RobustnessConfig& config, Violations& violations) {
  if (config.transforms.empty()) violations.push_back("--transforms: none is chosen");
  if (StandsTwice(config.transforms)) violations.push_back("--transforms: one stands there twice");
  if (StandsTwice(config.severities)) violations.push_back("--severities: one stands there twice");
  if (config.legacy && !config.severities.empty())
    violations.push_back(
        "--severities does not go with --legacy: the published transforms have one strength each");
  const bool denoises = std::ranges::count(config.transforms, image::Transform::kDenoise) > 0;
  if (config.denoiser && !(config.legacy && denoises))
    violations.push_back(
        "--denoiser is the published one: it needs --legacy, and denoise among --transforms");
}

std::vector<View> ViewsOf(const RobustnessConfig& config) {
  std::vector<View> views = {{}};
  for (const image::Transform transform :
       std::set(config.transforms.begin(), config.transforms.end())) {
    for (const int64_t severity : Severities(config))
      views.push_back({transform, static_cast<int>(severity)});
  }
  return views;
}

}  // namespace kallos::eval
