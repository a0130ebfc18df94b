// How far a run has come, read from its folder: also while it runs, since every file
// there is whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ga/evolution/checkpoint.h"
#include "ga/evolution/history.h"
#include "ga/search_file.h"

namespace kallos::ga {

struct RunState {
  std::string name;  // the folder, as given
  SearchFile search;
  std::vector<HistoryRow> history;  // of every finished generation
  std::vector<TimingRow> timing;
  double cost = 0;                       // of all trainings, in whole ones
  double cost_of_last = 0;               // of these, of the last generation of `history`
  double cost_of_next = 0;               // and of the one after it
  std::optional<Population> population;  // after the last checkpoint; none before the first
  std::optional<std::string> owner;      // who is writing: "pid 4711 on HOST since TIME"
  std::string ended;      // why the search is at its end: "20 generations"; "": it is not
  bool has_head = false;  // the final head is trained and measured

  bool is_selected_on_test() const { return search.selected_on == "test"; }
};

// Takes no lock. Files that another process replaces meanwhile are read again. Throws InputError
// naming the folder where it is none of a run, or the damaged file.
RunState ReadRun(const std::filesystem::path& folder);

// Seconds per generation, the random start left out where others are known. Of the
// last `most` generations.
TimingRow MeanTiming(const RunState& run, size_t most);

// How long the search goes on, as far as that can be known, going by the last generations.
struct Remaining {
  double generations = 0;
  double seconds = 0;
};
// None where the search is at its end, or before the first generation.
std::optional<Remaining> RemainingOf(const RunState& run);

}  // namespace kallos::ga
