#include "train/distill/feature_config.h"

#include <algorithm>

namespace kallos::train {

void Validate(const FeatureConfig& config, Violations& violations) {
  ValidateView(config.network, violations);
  ValidateNetwork(config.network, violations);
  const std::vector<std::string>& known = nn::BackboneNames();
  if (!std::ranges::count(known, config.student))
    violations.push_back(fmt::format("--student {}: unknown{}; known: {}", config.student,
                                     DidYouMean(config.student, known), Join(known, ", ")));
  ValidatePool(config.pool, violations);
  ValidateOutside("teacher", config.teacher, config.network, violations);
  if (config.initial) ValidateOutside("initial", *config.initial, config.network, violations);
}

}  // namespace kallos::train
