// The settings of kallos-train head.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/config/config.h"
#include "train/recipe.h"

namespace kallos::train {

// Over what the best checkpoint is the best: the whole run, or (as published) each fit anew.
enum class Checkpoint { kWholeRun, kPerFit };
inline NamedValues<Checkpoint> EnumTable(Checkpoint) {
  using enum Checkpoint;
  return {{kWholeRun, "whole-run"}, {kPerFit, "per-fit"}};
}

// All that decides a head, given the features and the files that belong to them.
struct HeadSettings {
  Recipe recipe;
  ChunkOrder chunk_order = ChunkOrder::kSeeded;
  Checkpoint checkpoint = Checkpoint::kWholeRun;
  double inner_validation = 0.15;
  int64_t patience = 0;
  int64_t seeds = 1;
  bool standardize = false;
};

// What a head is made from besides features.
struct HeadFiles {
  std::vector<std::filesystem::path> pca = {};
  std::optional<std::filesystem::path> selection = {};
  std::optional<std::filesystem::path> initial = {};
};

struct HeadConfig {
  std::vector<std::filesystem::path> features;
  std::optional<std::filesystem::path> manifest;
  HeadFiles files;
  HeadSettings settings;
  std::filesystem::path out;
  bool fresh = false;
};

void Validate(const HeadConfig& config, Violations& violations);

template <class V>
void Describe(V& v, HeadSettings& s) {
  Describe(v, s.recipe);
  v("chunk-order", s.chunk_order,
    "Which rows --balance chunks puts together: drawn by the seed, or neighbours by id.");
  v("checkpoint", s.checkpoint,
    "The best head is the best of the whole run, or of the last chunk's fit.");
  v("inner-validation", s.inner_validation, InRange(0.01, 0.9),
    "Part of the training rows that validates where the split has no 'val'.");
  v("patience", s.patience, AtLeast(0),
    "End a fit after so many epochs without a better validation loss; 0 = never.");
  v("seeds", s.seeds, InRange(1, 1000),
    "Trainings with seeds seed, seed+1, ...; the best by validation loss becomes the bundle.");
  v("standardize", s.standardize,
    "Scale each column to mean 0 and sd 1 of the training rows; stored in the bundle.");
}

template <class V>
void Describe(V& v, HeadConfig& c) {
  v("features", c.features, Required(),
    "Feature store; several are joined by id, columns in this order.");
  v("pca", c.files.pca,
    "Model of kallos-pca fit; reduces the features that it was fitted on, and goes into the "
    "bundle.");
  v("manifest", c.manifest,
    "Manifest whose split, label and score replace those inside the stores.");
  v("selection", c.files.selection,
    "CSV with a column 'index': the columns to use (of the reduced features, with --pca).");
  v("out", c.out, Required(), "Folder for the bundle, history.csv and run.yaml.");
  v("initial", c.files.initial,
    "Bundle whose head is the starting point: same extractors, columns and layers.");
  Describe(v, c.settings);
  v("fresh", c.fresh, "Start over instead of going on from a checkpoint.");
}

}  // namespace kallos::train
