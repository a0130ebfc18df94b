// A config with a field of every kind, for the tests.
#pragma once

#include "lib/config/config.h"

namespace kallos {

enum class Mode { kFast, kExact };
inline NamedValues<Mode> EnumTable(Mode) {
  using enum Mode;
  return {{kFast, "fast"}, {kExact, "exact"}};
}

struct SampleConfig {
  std::filesystem::path manifest;
  std::vector<std::filesystem::path> folders;
  std::string config;
  double val = 0.15;
  int64_t epochs = 10;
  uint64_t seed = 0;
  bool verbose = false;
  Mode mode = Mode::kFast;
  std::string title = "untitled";
  std::optional<double> limit;
  std::vector<int64_t> hidden = {2048, 1024};
  std::vector<std::string> features;
  std::vector<Mode> ways;
};

template <class V>
void Describe(V& v, SampleConfig& c) {
  v.Positional("manifest", c.manifest, Required(), "The manifest.");
  v.Positional("folders", c.folders, NoRule(), "Folders.");
  v("config", c.config, "YAML file.");
  v("val", c.val, InRange(0, 1), "Fraction of the rows.");
  v("epochs", c.epochs, AtLeast(1), "Passes over the data.");
  v("seed", c.seed, "Seed.");
  v("verbose", c.verbose, "Say more.");
  v("mode", c.mode, "How.");
  v("title", c.title, "Title.");
  v("limit", c.limit, Above(0), "Upper limit.");
  v("hidden", c.hidden, AtLeast(1), "Units of each layer.");
  v("features", c.features, OneOf({"mg", "cnn"}), "Features.");
  v("ways", c.ways, "Several of --mode.");
}

// The config with its fields, and what is wrong with it after `arguments`.
struct Parsed {
  explicit Parsed(const std::vector<std::string>& arguments) {
    Describe(list, config);
    for (Field& field : list.fields()) field.flag_only = field.name == "config";
    ParseConfig(list.fields(), arguments, violations);
    CheckRules(list.fields(), violations);
  }
  Parsed(const Parsed&) = delete;  // the fields point into config
  SampleConfig config;
  FieldList list;
  Violations violations;
};

}  // namespace kallos
