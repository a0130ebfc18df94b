// kallos-data stats: what is in a manifest.
#pragma once

#include <filesystem>
#include <string>

#include "lib/run/run.h"
#include "lib/store/manifest.h"

namespace kallos::data {

struct StatsConfig {
  std::filesystem::path manifest;
};

template <class V>
void Describe(V& v, StatsConfig& c) {
  v.Positional("manifest", c.manifest, Required(), "The manifest to describe.");
}

// Rows per benchmark and split, by label.
std::string CountsTable(const store::Manifest& manifest);
void PrintCounts(const store::Manifest& manifest);  // on standard output

void RunStats(const StatsConfig& config, RunContext& context);

}  // namespace kallos::data
