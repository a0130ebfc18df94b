// kallos-data import: folders of photographs, or a CSV, to a manifest.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/run/run.h"
#include "lib/store/feature_store.h"
#include "lib/store/manifest.h"

namespace kallos::data {

struct ImportConfig {
  std::optional<std::filesystem::path> photos;
  std::optional<std::filesystem::path> csv;
  std::optional<std::filesystem::path> root;
  std::filesystem::path out;
  std::vector<std::string> labels = {"bad=0", "good=1"};
  std::optional<double> good_above;
  std::optional<double> bad_below;
  std::string benchmark;
  bool verify = false;
  int64_t max_pixels = 100'000'000;
  bool strict = false;
};

template <class V>
void Describe(V& v, ImportConfig& c) {
  v.Positional("photos", c.photos, NoRule(),
               "Folder of photographs. A photograph's label is that of the innermost folder above "
               "it that --labels names.");
  v("csv", c.csv,
    "CSV with a row per photograph in place of a folder; columns file (or path, filename, image), "
    "and, where there are any, label, score (or mos), id, split, benchmark, group; others are "
    "kept.");
  v("root", c.root,
    "What the file names of --csv are relative to (default: the folder of the CSV).");
  v("out", c.out, Required(),
    "The manifest to write. Photographs that cannot be used go to OUT with the extension "
    ".skipped.csv, with the reason.");
  v("labels", c.labels,
    "Names of the labels, for folders and for words in a CSV; the case of letters does not "
    "matter.");
  v("good-above", c.good_above,
    "Label photographs with a higher score good (1), where the CSV has no label.");
  v("bad-below", c.bad_below,
    "Label photographs with a lower score bad (0), where the CSV has no label.");
  v("benchmark", c.benchmark, "Name of the benchmark that all these photographs belong to.");
  v("verify", c.verify, "Decode the pixels too, not just the headers.");
  v("max-pixels", c.max_pixels, AtLeast(1),
    "Refuse photographs with more pixels, before memory is taken for them.");
  v("strict", c.strict, "Fail (exit code 3) when any photograph cannot be used.");
}

void Validate(const ImportConfig& config, Violations& violations);

struct Imported {
  store::Manifest manifest;             // sorted by id; paths relative to manifest.folder
  std::vector<store::Skipped> skipped;  // sorted by id
};

// Reads all files, in parallel. Throws InputError when the source itself cannot be read.
Imported Import(const ImportConfig& config);

void RunImport(const ImportConfig& config, RunContext& context);

}  // namespace kallos::data
