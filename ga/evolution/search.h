// A search from its start or its checkpoint to its end. The run's folder holds evaluations.csv,
// history.csv, timing.csv and checkpoint.h5.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "ga/evolution/evaluations.h"
#include "ga/evolution/evolution.h"
#include "ga/evolution/history.h"

namespace kallos::ga {

// Computes the fitness (larger is better) of each genome and calls done(i, fitness) as soon as it
// is known, in any order, from any thread. Equal genomes have equal fitness, whatever else is in
// the batch. `divisor`: each training has 1 / divisor of the whole budget. May
// throw to stop; what is done by then is kept.
using Done = std::function<void(size_t i, double fitness)>;
using Fitness =
    std::function<void(std::span<const Genome> genomes, int64_t divisor, const Done& done)>;

struct SearchSettings {
  Settings settings;
  Space space;
  uint64_t seed = 0;
  std::filesystem::path folder;
  // Hash of all that decides which individuals come and how fit they are: settings,
  // seed, features, recipe.
  std::string key;
};

struct SearchResult {
  Population population;  // ranked
  std::vector<HistoryRow> history;
  std::vector<TimingRow> timing;
  double cost = 0;    // of all trainings, in whole ones
  std::string ended;  // why: "20 generations"
};

// Goes on where the folder's checkpoint ends; the result is the same byte for byte as without a
// break. A stop request ends in InterruptedError, what was evaluated is kept. Throws InputError
// when the checkpoint is of another search, or a fitness is NaN.
SearchResult Search(const SearchSettings& search, const Fitness& fitness);

// Why a search that has come so far, at that cost, is at its end: "20 generations"; "" where it
// goes on.
std::string WhyEnded(const Settings& settings, int64_t generation,
                     const std::vector<HistoryRow>& history, const std::vector<TimingRow>& timing,
                     double cost);

// The files of a run.
inline constexpr const char* kCheckpoint = "checkpoint.h5";
inline constexpr const char* kEvaluations = "evaluations.csv";
inline constexpr const char* kHistory = "history.csv";
inline constexpr const char* kTiming = "timing.csv";

}  // namespace kallos::ga
