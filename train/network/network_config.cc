#include "train/network/network_config.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/nn/backbone.h"

namespace kallos::train {

void ValidateView(const NetworkConfig& config, Violations& violations) {
  try {
    if (image::ParseResizeRule(config.resize).kind == image::ResizeRule::Kind::kBorder) return;
  } catch (const Error&) {
    // The message below says all that a reader of the rule could.
  }
  violations.push_back(
      fmt::format("--resize {}: expected border:600 or border:400x600 (height x width): "
                  "photographs of a batch must have "
                  "one size, whatever their shape",
                  config.resize));
}

void ValidateNetwork(const NetworkConfig& config, Violations& violations) {
  if (config.cache) ValidateOutside("cache", *config.cache, config, violations);
  if (config.decay && !UsesDecay(config.scheduler))
    violations.push_back(
        fmt::format("--decay: the scheduler {} has none", EnumName(config.scheduler)));
  if (config.warm_up > config.epochs)
    violations.push_back(
        fmt::format("--warm-up {}: longer than --epochs {}, so --lr would never be reached",
                    config.warm_up, config.epochs));
}

void ValidatePool(const PoolConfig& config, Violations& violations) {
  if (config.pool == 1)
    violations.push_back("--pool 1: batch norm needs two photographs; give 0, or 2 or more");
  if (config.load == 1)
    violations.push_back("--load 1: batch norm needs two photographs; give 0, or 2 or more");
  if (config.new_optimizer && config.load == 0)
    violations.push_back("--new-optimizer goes with --load only");
}

void ValidateOutside(const char* flag, const fs::path& input, const NetworkConfig& config,
                     Violations& violations) {
  const fs::path from_out =
      fs::weakly_canonical(input).lexically_relative(fs::weakly_canonical(config.out));
  if (config.out.empty() || from_out.empty() || *from_out.begin() == "..") return;
  violations.push_back(fmt::format(
      "--{} {}: lies in --out, which is written anew; give another --out", flag, PathText(input)));
}

NetworkConfig WrittenOut(NetworkConfig config) {
  if (UsesDecay(config.scheduler)) config.decay = config.decay.value_or(kPublishedDecay);
  if (!config.resize.empty()) config.resize = image::ParseResizeRule(config.resize).Name();
  return config;
}

void RequireLargeEnough(const std::string& backbone, const NetworkConfig& config) {
  const image::ResizeRule rule = image::ParseResizeRule(config.resize);
  const int least = nn::MakeBackbone(backbone, nn::Taps::kPooled)->minimum_size();
  if (std::min(rule.height, rule.width) >= least) return;
  throw UsageError("--resize {}: {} takes at least {} x {} pixels", config.resize, backbone, least,
                   least);
}

FrameSettings FramesOf(const NetworkConfig& config) {
  FrameSettings settings;
  settings.resize = image::ParseResizeRule(config.resize);
  settings.apply_orientation = config.exif;
  settings.cache = config.cache.value_or("");
  return settings;
}

image::Augmentation AugmentationOf(const NetworkConfig& config) {
  return {config.flip, config.crop, config.rotate, config.colour};
}

nn::OptimizerOptions OptimizerOf(const NetworkConfig& config) {
  nn::OptimizerOptions options;
  options.weight_decay = config.weight_decay;
  options.largest_gradient = config.clip;
  options.average = config.average;
  return options;
}

}  // namespace kallos::train
