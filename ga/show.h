// kallos-ga show: how far runs have come, and what they select.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "lib/run/run.h"

namespace kallos::ga {

struct ShowConfig {
  std::vector<std::filesystem::path> runs;
  std::optional<std::filesystem::path> plot;
};

template <class V>
void Describe(V& v, ShowConfig& c) {
  v.Positional("run", c.runs, Required(),
               "Folder of a run; of several, also how stable their selections are.");
  v("plot", c.plot, "The course of the runs as x.svg, or x.html with it inside.");
}

void Validate(const ShowConfig& config, Violations& violations);

// Prints to standard output; publishes the plot. Takes no lock and changes nothing in the runs.
// Throws InputError as ReadRun does, and for runs that select from different columns.
void RunShow(const ShowConfig& config, RunContext& context);

}  // namespace kallos::ga
