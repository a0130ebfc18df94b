// kallos-rate: photographs in, verdict and calibrated confidence out.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lib/config/config.h"
#include "lib/run/run.h"

namespace kallos::eval {

enum class RateFormat { kTable, kJsonLines, kCsv };
inline NamedValues<RateFormat> EnumTable(RateFormat) {
  using enum RateFormat;
  return {{kTable, "table"}, {kJsonLines, "jsonl"}, {kCsv, "csv"}};
}

struct RateConfig {
  std::vector<std::filesystem::path> images;
  std::filesystem::path bundle;
  std::vector<std::filesystem::path> weights;
  std::string device = "auto";
  RateFormat format = RateFormat::kTable;
};

void RunRate(const RateConfig& config, RunContext& context);

template <class V>
void Describe(V& v, RateConfig& c) {
  v.Positional("images", c.images, Required(),
               "Photographs, folders of them, and patterns with * ? [.");
  v("bundle", c.bundle, Required(), "Model bundle that kallos-train made.");
  v("weights", c.weights, "Weight files of the bundle's backbones; matched by their hash.");
  v("device", c.device, "auto, cpu, cuda or cuda:INDEX.");
  v("format", c.format, "How to print the verdicts.");
}

}  // namespace kallos::eval
