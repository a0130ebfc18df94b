// kallos-eval compare: do models differ on the same photographs?
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lib/config/config.h"
#include "lib/run/run.h"

namespace kallos::eval {

struct CompareConfig {
  std::vector<std::filesystem::path> models;
  std::vector<std::string> names;
  std::filesystem::path out;
};

template <class V>
void Describe(V& v, CompareConfig& c) {
  v.Positional("model", c.models, Required(),
               "Predictions of two models or more: CSV id,label,probability[,benchmark,group], or "
               "a folder that "
               "kallos-eval benchmark wrote.");
  v("names", c.names, "Their names in the table; by default those of the folders or files.");
  v("out", c.out, Required(), "Folder for table.md, pairs.csv and compare.json.");
}

void Validate(const CompareConfig& config, Violations& violations);

// Prints the table and a sentence for each pair. Throws InputError naming ids that one file has and
// another lacks, and rows whose label, benchmark or group differ.
void RunCompare(const CompareConfig& config, RunContext& context);

}  // namespace kallos::eval
