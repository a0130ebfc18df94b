#include "train/recipe.h"

namespace kallos::train {

void Validate(const Recipe& recipe, Violations& violations) {
  if (recipe.hidden.size() != recipe.dropout.size()) {
    violations.push_back(fmt::format(
        "--hidden has {} layers, --dropout {} values; give one dropout per hidden layer",
        recipe.hidden.size(), recipe.dropout.size()));
  }
  if (recipe.decay && !UsesDecay(recipe.scheduler)) {
    violations.push_back(
        fmt::format("--scheduler {} has no --decay; leave it out", EnumName(recipe.scheduler)));
  }
}

}  // namespace kallos::train
