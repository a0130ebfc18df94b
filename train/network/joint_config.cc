#include "train/network/joint_config.h"

#include <algorithm>

namespace kallos::train {

void Validate(const JointConfig& config, Violations& violations) {
  ValidateView(config.network, violations);
  ValidateNetwork(config.network, violations);
  ValidateEndToEnd(config.end_to_end, config.pool, violations);
  if (config.weights) ValidateOutside("weights", *config.weights, config.network, violations);
  const std::vector<std::string>& known = nn::BackboneNames();
  if (!config.backbone.empty() && !std::ranges::count(known, config.backbone))
    violations.push_back(fmt::format("--backbone {}: unknown{}; known: {}", config.backbone,
                                     DidYouMean(config.backbone, known), Join(known, ", ")));
  if (config.taps == nn::Taps::kOutputs)
    violations.push_back("--taps outputs: the head takes features; give pooled or multigap");
  if (config.hidden.size() != config.dropout.size())
    violations.push_back(fmt::format("--dropout: {} values for {} hidden layers; give one for each",
                                     config.dropout.size(), config.hidden.size()));
}

}  // namespace kallos::train
