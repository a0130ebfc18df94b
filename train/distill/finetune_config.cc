#include "train/distill/finetune_config.h"

#include "lib/core/text.h"

namespace kallos::train {

std::optional<std::pair<std::string, double>> ParseRate(const std::string& text) {
  const size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) return std::nullopt;
  const std::optional<double> factor = ParseDouble(text.substr(equals + 1));
  if (!factor || !(*factor >= 0 && *factor <= 1e6)) return std::nullopt;
  const std::string prefix = text.substr(0, equals);
  if (prefix.find_first_of("=,") != std::string::npos) return std::nullopt;
  return std::pair(prefix, *factor);
}

void ValidateEndToEnd(const std::vector<std::string>& rates, Balance balance, const PoolConfig& pool,
                      Violations& violations) {
  for (const std::string& rate : rates) {
    if (!ParseRate(rate))
      violations.push_back(
          fmt::format("--rates {}: expected PREFIX=FACTOR, as block1/=0.1, with a factor of 0 or more", rate));
  }
  if (balance == Balance::kChunks)
    violations.push_back("--balance chunks: goes with kallos-train head only; use weights, sampler or none");
  if (balance == Balance::kSampler && (pool.pool > 0 || pool.load > 0))
    violations.push_back("--balance sampler: a --pool or --load may hold one class only; use weights or none");
  if (balance == Balance::kWeights && pool.repeat_good > 1)
    violations.push_back(
        "--repeat-good with --balance weights would count good photographs twice; give --balance none");
  ValidatePool(pool, violations);
}

void Validate(const FinetuneConfig& config, Violations& violations) {
  ValidateNetwork(config.network, violations);
  ValidateEndToEnd(config.rates, config.balance, config.pool, violations);
  ValidateOutside("student", config.student, config.network, violations);
  if (config.teacher) ValidateOutside("teacher", *config.teacher, config.network, violations);
  if (config.teacher && config.features.empty())
    violations.push_back("--teacher: needs --features, the stores that it was trained on");
  if (config.teacher) return;
  if (!config.manifest) violations.push_back("--manifest is missing: the photographs (or --teacher with --features)");
  if (!config.features.empty() || config.soft_weight || config.hint_weight > 0)
    violations.push_back("--features, --soft-weight and --hint-weight go with --teacher only");
}

}  // namespace kallos::train
