#include "train/distill/finetune_config.h"

namespace kallos::train {

void Validate(const FinetuneConfig& config, Violations& violations) {
  ValidateNetwork(config.network, violations);
  ValidateEndToEnd(config.end_to_end, config.pool, violations);
  ValidateOutside("student", config.student, config.network, violations);
  if (config.teacher) ValidateOutside("teacher", *config.teacher, config.network, violations);
  if (config.teacher && config.features.empty())
    violations.push_back("--teacher: needs --features, the stores that it was trained on");
  if (config.teacher) return;
  if (!config.manifest)
    violations.push_back("--manifest is missing: the photographs (or --teacher with --features)");
  if (!config.features.empty() || config.soft_weight || config.temperature ||
      config.hint_weight > 0)
    violations.push_back(
        "--features, --soft-weight, --temperature and --hint-weight go with --teacher only");
}

}  // namespace kallos::train
