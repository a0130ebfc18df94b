#include "ga/run_config.h"

#include "ga/evolution/successive_halving.h"

namespace kallos::ga {

void Validate(const RunConfig& config, Violations& violations) {
  ValidateSettings(config.search, violations);
  Validate(config.recipe, violations);
  if (config.recipe.balance == train::Balance::kChunks)
    violations.push_back(
        "--balance chunks trains a head several times; the search takes weights, none or sampler");
  if (config.rows != FitnessRows::kFolds && config.folds != RunConfig().folds)
    violations.push_back("--folds belongs to --fitness-split folds");
  if (const int64_t parts = Rungs(config.search).front();
      config.look_by == Resource::kEpochs && config.recipe.epochs < parts) {
    violations.push_back(fmt::format(
        "--first-looks {}: the first trains 1/{} of the {} --epochs, which is less than one; "
        "use fewer looks, a smaller --look-factor or --look-by rows",
        config.search.first_looks, parts, config.recipe.epochs));
  }
  if (config.search.first_looks == 0 && config.look_by != RunConfig().look_by)
    violations.push_back("--look-by needs --first-looks 1 or more");
}

FitnessSettings FitnessSettingsOf(const RunConfig& config) {
  FitnessSettings settings{config.recipe, config.metric, config.device, config.together,
                           config.look_by};
  settings.recipe.precision = config.precision;
  return settings;
}

train::HeadSettings FinalHead(const RunConfig& config) {
  train::HeadSettings head;
  head.recipe = config.recipe;
  head.inner_validation = config.inner_validation;
  head.standardize = config.standardize;
  return head;
}

}  // namespace kallos::ga
