#include "train/head_config.h"

#include "lib/core/file.h"

namespace kallos::train {

void Validate(const HeadConfig& config, Violations& violations) {
  const HeadSettings& settings = config.settings;
  const std::optional<fs::path>& initial = config.files.initial;
  Validate(settings.recipe, violations);
  const auto require = [&](bool holds, const std::string& message) {
    if (!holds) violations.push_back(message);
  };
  const bool chunks = settings.recipe.balance == Balance::kChunks;
  require(chunks || settings.chunk_order == ChunkOrder::kSeeded,
          fmt::format("--chunk-order {} goes with --balance chunks only",
                      EnumName(settings.chunk_order)));
  require(chunks || settings.checkpoint == Checkpoint::kWholeRun,
          fmt::format("--checkpoint {} goes with --balance chunks only: otherwise there is one fit",
                      EnumName(settings.checkpoint)));
  require(!initial || fs::weakly_canonical(*initial) != fs::weakly_canonical(config.out / "bundle"),
          "--initial is the bundle that --out would replace; give another --out");
}

}  // namespace kallos::train
