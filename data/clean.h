// kallos-data clean: finds photographs that spoil an experiment, and writes a
// manifest without them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/run/run.h"
#include "lib/store/manifest.h"

namespace kallos::data {

struct CleanConfig {
  std::filesystem::path manifest;
  std::filesystem::path out;
  std::optional<std::filesystem::path> findings;
  int64_t min_size = 32;
  int64_t distance = 24;
  bool near_duplicates = true;
  int64_t max_pixels = 100'000'000;
};

template <class V>
void Describe(V& v, CleanConfig& c) {
  v.Positional("manifest", c.manifest, Required(),
               "The manifest to clean. No photograph is ever deleted.");
  v("out", c.out, Required(), "The manifest of what remains.");
  v("findings", c.findings,
    "CSV of what was found: kind, id, other, detail, action (default: OUT.findings.csv).");
  v("min-size", c.min_size, AtLeast(1), "Remove photographs whose shorter side has fewer pixels.");
  v("distance", c.distance, InRange(0, 256),
    "Largest number of differing bits, of 256, between the perceptual hashes of near-duplicates.");
  v("near-duplicates", c.near_duplicates,
    "Remove near-duplicates; with --no-near-duplicates they are only reported.");
  v("max-pixels", c.max_pixels, AtLeast(1), "Photographs with more pixels count as corrupt.");
}

struct Finding {
  std::string kind;  // "corrupt", "changed", "too-small", "duplicate", "near-duplicate"
  std::string id;
  std::string other;  // for duplicates, the id of the row that is kept
  std::string detail;
  bool removed = true;
  bool across = false;  // a duplicate of a row of another split or benchmark
};

// Takes the rows to be removed out of `manifest`, decoding all photographs in parallel. Of
// duplicates the row stays that would do most harm if it were in the training set too: benchmarks
// first, then test, val, train and others; then the larger picture; then the smaller id. Rows of
// benchmarks are reported but never removed as duplicates.
std::vector<Finding> Clean(store::Manifest& manifest, const CleanConfig& config);

// The output must not be the findings.
void Validate(const CleanConfig& config, Violations& violations);
void RunClean(const CleanConfig& config, RunContext& context);

}  // namespace kallos::data
