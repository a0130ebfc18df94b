// What is kept of every generation.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "ga/evolution/evolution.h"
#include "ga/evolution/successive_halving.h"

namespace kallos::ga {

// A row of history.csv; the same for the same seed, whatever the machine.
struct HistoryRow {
  int64_t generation = 0;
  // Fitness over all islands, of the individuals trained in full; sd over n - 1.
  double best = 0, mean = 0, sd = 0, worst = 0;
  double best_so_far = 0;
  // Share of its columns that an individual has in common with another, mean over all pairs; random
  // individuals share L / D.
  double overlap = 0;
  int64_t distinct = 0;        // columns that some individual has
  int64_t trained = 0;         // in full in this generation, where no earlier training answered
  int64_t rung_trainings = 0;  // trainings on the rungs before the last
  double keep = 0;             // share of genes that mutation kept, mean over the islands
  RungCheck rung_check = {};   // in generations that check the rungs
};

// A row of timing.csv.
struct TimingRow {
  int64_t generation = 0;
  double evaluating = 0;  // seconds
  double breeding = 0;    // seconds: selection, crossover, mutation, statistics, files
};

// Of a ranked population, given the rows before; without trained, rung_trainings and rung_check.
HistoryRow Describe(const Population& population, const Space& space, const Evolution& evolution,
                    const std::vector<HistoryRow>& before);
// "rank correlation 0.71 with the whole training; the best survivor is 0.0030 below the
// best of all".
std::string TextOf(const RungCheck& check);
// Generations since the best fitness rose.
int64_t StagnationOf(const std::vector<HistoryRow>& history);

void WriteHistory(const std::filesystem::path& file, const std::vector<HistoryRow>& rows);
void WriteTiming(const std::filesystem::path& file, const std::vector<TimingRow>& rows);
// Throw InputError naming file and line when they are damaged. No file: no rows.
std::vector<HistoryRow> ReadHistory(const std::filesystem::path& file);
std::vector<TimingRow> ReadTiming(const std::filesystem::path& file);

}  // namespace kallos::ga
