#include "train/distill/network_config.h"

#include "lib/core/error.h"

namespace kallos::train {

void ValidateView(const NetworkConfig& config, Violations& violations) {
  using Kind = image::ResizeRule::Kind;
  try {
    const image::ResizeRule rule = image::ParseResizeRule(config.resize);
    if (rule.kind != Kind::kBorder && rule.kind != Kind::kArea)
      violations.push_back(
          fmt::format("--resize {}: photographs of a batch must have one size; expected border:600 or area:224x224",
                      config.resize));
  } catch (const Error& error) {
    violations.push_back(fmt::format("--resize {}", error.what()));
  }
}

void ValidateNetwork(const NetworkConfig& config, Violations& violations) {
  if (config.decay && !UsesDecay(config.scheduler))
    violations.push_back(fmt::format("--decay: the scheduler {} has none", EnumName(config.scheduler)));
}

void ValidatePool(const PoolConfig& config, Violations& violations) {
  if (config.pool == 1) violations.push_back("--pool 1: batch norm needs two photographs; give 0, or 2 or more");
  if (config.load == 1) violations.push_back("--load 1: batch norm needs two photographs; give 0, or 2 or more");
  if (config.new_optimizer && config.load == 0) violations.push_back("--new-optimizer goes with --load only");
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
