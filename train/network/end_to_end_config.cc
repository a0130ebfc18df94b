#include "train/network/end_to_end_config.h"

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

void ValidateEndToEnd(const EndToEndConfig& config, const PoolConfig& pool,
                      Violations& violations) {
  for (const std::string& rate : config.rates) {
    if (!ParseRate(rate))
      violations.push_back(fmt::format(
          "--rates {}: expected PREFIX=FACTOR, as block1/=0.1, with a factor of 0 or more", rate));
  }
  if (config.balance == Balance::kChunks)
    violations.push_back(
        "--balance chunks: goes with kallos-train head only; use weights, sampler or none");
  if (config.balance == Balance::kSampler && (pool.pool > 0 || pool.load > 0))
    violations.push_back(
        "--balance sampler: a --pool or --load may hold one class only; use weights or none");
  if (config.balance == Balance::kWeights && pool.repeat_good > 1)
    violations.push_back(
        "--repeat-good with --balance weights would count good photographs twice; give --balance "
        "none");
  ValidatePool(pool, violations);
}

}  // namespace kallos::train
