#include "train/head_config.h"

#include "lib/core/file.h"

namespace kallos::train {

void Validate(const HeadConfig& config, Violations& violations) {
  const auto require = [&](bool holds, const std::string& message) {
    if (!holds) violations.push_back(message);
  };
  require(
      config.hidden.size() == config.dropout.size(),
      fmt::format("--hidden has {} layers, --dropout {} values; give one dropout per hidden layer",
                  config.hidden.size(), config.dropout.size()));
  require(!config.decay || UsesDecay(config.scheduler),
          fmt::format("--scheduler {} has no --decay; leave it out", EnumName(config.scheduler)));
  const bool chunks = config.balance == Balance::kChunks;
  require(chunks || config.chunk_order == ChunkOrder::kSeeded,
          fmt::format("--chunk-order {} goes with --balance chunks only",
                      EnumName(config.chunk_order)));
  require(chunks || config.checkpoint == Checkpoint::kWholeRun,
          fmt::format("--checkpoint {} goes with --balance chunks only: otherwise there is one fit",
                      EnumName(config.checkpoint)));
  require(!config.initial ||
              fs::weakly_canonical(*config.initial) != fs::weakly_canonical(config.out / "bundle"),
          "--initial is the bundle that --out would replace; give another --out");
}

}  // namespace kallos::train
