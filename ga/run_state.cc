#include "ga/run_state.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "ga/evolution/evaluations.h"
#include "ga/evolution/search.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/lock.h"

namespace kallos::ga {
namespace {

constexpr std::chrono::milliseconds kPause(100);
constexpr size_t kRecent = 5;  // generations that tell the speed

void RequireRun(const fs::path& folder) {
  const std::string name = PathText(folder);
  if (!fs::is_directory(folder))
    throw InputError("{}: no such folder; give what --out of kallos-ga run was", name);
  if (fs::exists(folder / kSearchFile)) return;
  if (fs::exists(folder / kCheckpoint))
    throw InputError("{}: has no {}; the same kallos-ga run command writes it anew", name,
                     kSearchFile);
  throw InputError("{}: holds no run ({} is missing); give what --out of kallos-ga run was", name,
                   kSearchFile);
}

// The generation that the final head was made after; -1 before.
int64_t GenerationOfResult(const fs::path& file) {
  if (!fs::exists(file)) return -1;
  const nlohmann::json result = nlohmann::json::parse(ReadFile(file), nullptr, false);
  if (!result.is_object() || !result.contains("generation") ||
      !result["generation"].is_number_integer())
    throw InputError("{}: damaged; remove it, and the same kallos-ga run command writes it anew",
                     PathText(file));
  return result["generation"].get<int64_t>();
}

void ReadPopulation(const fs::path& file, RunState& run) {
  std::optional<Checkpoint> checkpoint = ReadCheckpoint(file);
  if (!checkpoint) return;
  const Space& space = checkpoint->space;
  if (checkpoint->key != run.search.key || space.columns != run.search.columns() ||
      space.selected != run.search.settings.select)
    throw InputError(
        "{}: is of another search than {} beside it; kallos-ga run --fresh starts over",
        PathText(file), kSearchFile);
  run.population = std::move(checkpoint->population);
}

RunState ReadOnce(const fs::path& folder) {
  RequireRun(folder);
  RunState run;
  run.name = PathText(folder);
  run.owner = LockOwner(folder);
  run.search = ReadSearchFile(folder / kSearchFile);
  run.history = ReadHistory(folder / kHistory);
  run.timing = ReadTiming(folder / kTiming);
  if (run.timing.size() > run.history.size())
    run.timing.resize(run.history.size());  // of a generation broken off
  ReadPopulation(folder / kCheckpoint, run);
  const Evaluations evaluations(folder / kEvaluations);
  const int64_t next = run.history.empty() ? 0 : run.history.back().generation + 1;
  run.cost = evaluations.Cost();
  run.cost_of_last = evaluations.CostOf(next - 1);
  run.cost_of_next = evaluations.CostOf(next);
  if (run.history.empty()) return run;
  run.ended = WhyEnded(run.search.settings, next - 1, run.history, run.timing, run.cost);
  run.has_head = !run.ended.empty() && GenerationOfResult(folder / kResultFile) == next - 1;
  return run;
}

}  // namespace

RunState ReadRun(const fs::path& folder) {
  try {
    return ReadOnce(folder);
  } catch (const Error&) {  // a file may have been removed or replaced between two looks at it
    std::this_thread::sleep_for(kPause);
    return ReadOnce(folder);
  }
}

TimingRow MeanTiming(const RunState& run, size_t most) {
  const size_t known = run.timing.size();
  const size_t count = std::min(most, known > 1 ? known - 1 : known);
  TimingRow mean;
  for (size_t i = known - count; i < known; ++i) {
    mean.evaluating += run.timing[i].evaluating / count;
    mean.breeding += run.timing[i].breeding / count;
  }
  return mean;
}

namespace {

// Generations from `next` on that the rest of --evaluations pays for. Without looks each costs what
// the last one did, since of an old population much is known; with them what it costs at most,
// since a check costs several times more.
double GenerationsFor(const RunState& run, int64_t next) {
  const Settings& s = run.search.settings;
  double rest = s.evaluations - (run.cost - run.cost_of_next);
  int64_t generation = next;
  for (; rest > 0 && generation <= s.generations; ++generation)
    rest -= s.first_looks > 0 ? MostCost(s, generation) : run.cost_of_last;
  return generation - next;
}

}  // namespace

std::optional<Remaining> RemainingOf(const RunState& run) {
  if (!run.ended.empty() || run.history.empty() || run.timing.empty()) return std::nullopt;
  const Settings& s = run.search.settings;
  const TimingRow mean = MeanTiming(run, kRecent);
  const double each = mean.evaluating + mean.breeding;
  const int64_t next = run.history.back().generation + 1;
  double left = s.generations - (next - 1);
  if (s.evaluations > 0) left = std::min(left, GenerationsFor(run, next));
  if (s.hours > 0 && each > 0) {
    double spent = 0;
    for (const TimingRow& row : run.timing) spent += row.evaluating + row.breeding;
    left = std::min(left, std::ceil((3600 * s.hours - spent) / each));
  }
  const double started = run.cost_of_next / MostCost(s, next);
  return Remaining{left, std::max(0.0, left - std::min(1.0, started)) * each};
}

}  // namespace kallos::ga
