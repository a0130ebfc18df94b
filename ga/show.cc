#include "ga/show.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "ga/convergence_plot.h"
#include "ga/layer_shares.h"
#include "ga/run_state.h"
#include "ga/stability.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/document/svg.h"

namespace kallos::ga {
namespace {

constexpr double kLevel = 0.05;  // of the marks, over all rows of a table

std::string FitnessText(const RunState& run) {
  return run.search.metric + (run.is_selected_on_test() ? " on the test rows: selected on test"
                                                        : " on " + run.search.selected_on);
}

std::string StateText(const RunState& run) {
  if (run.has_head) return "ended: " + run.ended;
  const bool searched = !run.ended.empty();
  std::string what =
      searched ? "the search ended (" + run.ended + "), the final head follows; " : "";
  return what +
         (run.owner ? "running (" + *run.owner + ")" : "broken off: the same command goes on");
}

// Whole trainings; with first looks there are fractions, since a rung counts by its budget.
std::string CostText(double cost) {
  return cost == std::floor(cost) ? FormatCount(std::llround(cost)) : fmt::format("{:.1f}", cost);
}

const char* UnitOfCost(const RunState& run) {
  return run.search.settings.first_looks == 0 ? "individuals" : "whole trainings' worth";
}

// The budgets of the rungs, and how well they foretold the whole training when last checked.
std::string RungsText(const RunState& run) {
  std::vector<std::string> parts;
  for (const int64_t divisor : Rungs(run.search.settings)) {
    if (divisor > 1) parts.push_back(fmt::format("1/{}", divisor));
  }
  const std::string text = Join(parts, ", ") + " of the training";
  for (size_t i = run.history.size(); i-- > 0;) {
    const RungCheck& check = run.history[i].rung_check;
    if (std::isnan(check.loss)) continue;
    return fmt::format("{}; {} (generation {})", text, TextOf(check), run.history[i].generation);
  }
  return text + "; not checked yet";
}

std::string GenerationText(const RunState& run) {
  const int64_t next = run.history.empty() ? 0 : run.history.back().generation + 1;
  const std::string begun =
      fmt::format("{} of at most {} {} of generation {} trained", CostText(run.cost_of_next),
                  CostText(MostCost(run.search.settings, next)), UnitOfCost(run), next);
  if (run.history.empty()) return begun;
  const std::string done = fmt::format("{} of {}", next - 1, run.search.settings.generations);
  return run.cost_of_next == 0 ? done : done + "; " + begun;
}

std::string DurationText(const RunState& run) {
  const TimingRow mean = MeanTiming(run, run.timing.size());
  const double each = mean.evaluating + mean.breeding;
  if (each <= 0) return "not known yet";
  return fmt::format(
      "{} a generation ({} an hour): evaluating {} ({:.1f} %), breeding {} ({:.1f} %)",
      FormatSeconds(each),
      3600 / each < 100 ? fmt::format("{:.1f}", 3600 / each)
                        : FormatCount(std::llround(3600 / each)),
      FormatSeconds(mean.evaluating), 100 * mean.evaluating / each, FormatSeconds(mean.breeding),
      100 * mean.breeding / each);
}

std::string RemainingText(const RunState& run, const Remaining& remaining) {
  std::string text = fmt::format("about {} ({:.0f} generations at the speed of the last)",
                                 FormatSeconds(remaining.seconds), remaining.generations);
  if (run.search.settings.stagnation > 0) {
    text += fmt::format("; sooner after {} generations without progress, {} by now",
                        run.search.settings.stagnation, StagnationOf(run.history));
  }
  return text + (run.owner ? "" : "; once it goes on");
}

std::string RunText(const RunState& run) {
  std::string text = run.name + "\n";
  const auto line = [&](const char* what, const std::string& value) {
    text += fmt::format("  {:<12}{}\n", what, value);
  };
  const Space space = run.search.space();
  line("state", StateText(run));
  line("columns", fmt::format("{} of {}", FormatCount(space.selected), FormatCount(space.columns)));
  line("fitness", FitnessText(run));
  line("generation", GenerationText(run));
  if (!run.history.empty()) {
    const HistoryRow& row = run.history.back();
    line("now", fmt::format("best {:.4f}, mean {:.4f} +- {:.4f}", row.best, row.mean, row.sd));
    line("best so far", fmt::format("{:.4f}{}", row.best_so_far,
                                    run.is_selected_on_test() ? " (selected on test)" : ""));
    line("diversity", fmt::format("two individuals share {:.1f} % (chance {:.1f} %); {} of {} "
                                  "columns are in some individual",
                                  100 * row.overlap, 100.0 * space.selected / space.columns,
                                  FormatCount(row.distinct), FormatCount(space.columns)));
  }
  line("trained", CostText(run.cost) + " " + UnitOfCost(run));
  if (run.search.settings.first_looks > 0) line("first looks", RungsText(run));
  line("time", DurationText(run));
  if (const auto remaining = RemainingOf(run)) line("remaining", RemainingText(run, *remaining));
  return text;
}

std::string SharesText(const RunState& run) {
  if (!run.population) return "";
  const std::vector<LayerShare> shares =
      LayerShares(run.search.layers, run.population->Best().genome);
  size_t width = 18;
  for (const LayerShare& share : shares)
    width = std::max(width, std::max(share.extractor.size(), share.layer.size() + 2));
  std::string text = fmt::format(
      "\n  the best of generation {}{}\n  {:<{}} {:>9} {:>9} {:>9} {:>6} {:>7} {:>9}\n",
      run.population->generation, run.is_selected_on_test() ? " (selected on test)" : "",
      "extractor, layer", width, "columns", "expected", "found", "ratio", "z", "p");
  for (const LayerShare& share : shares) {
    const bool marked = share.z && share.p < kLevel / shares.size();
    text += fmt::format("  {:<{}} {:>9} {:>9.1f} {:>9} {:>6.2f} {:>7} {:>9}{}\n",
                        share.whole ? share.extractor : "  " + share.layer, width,
                        FormatCount(share.columns), share.expected, FormatCount(share.found),
                        share.ratio(), share.z ? fmt::format("{:.2f}", *share.z) : "-",
                        share.z ? fmt::format("{:.2g}", share.p) : "-", marked ? " *" : "");
  }
  return text +
         fmt::format("  * not by chance: p < {:g} divided by the {} rows\n", kLevel, shares.size());
}

std::string AgreementText(const char* name, const std::optional<Agreement>& agreement,
                          const char* missing, const std::string& interval = "") {
  if (!agreement) return fmt::format("  {:<20}{:>10}  {}\n", name, "-", missing);
  // + 0.0 turns -0.0 into 0.0.
  const auto rounded = [](double value) { return std::round(value * 1e4) / 1e4 + 0.0; };
  return fmt::format("  {:<20}{:>10.4f}  {:>10.4f} +- {:.4f}{}\n", name, rounded(agreement->found),
                     rounded(agreement->random_mean), agreement->random_sd, interval);
}

std::string StabilityText(const std::vector<RunState>& runs) {
  std::string text;
  std::vector<Genome> selections;
  for (const RunState& run : runs) {
    if (run.population) selections.push_back(run.population->Best().genome);
    if (!run.population)
      text += fmt::format("\n{}: no generation is finished yet; left out below\n", run.name);
  }
  if (selections.size() < 2) return text;
  const Stability stability = StabilityOf(selections, runs[0].search.columns());
  const std::string interval =
      stability.interval ? fmt::format("  95 %: {:.4f} to {:.4f}", stability.interval->first,
                                       stability.interval->second)
                         : "  95 %: needs three runs or more";
  text += fmt::format(
      "\nstability of {} selections{}\n  {:<20}{:>10}  {:>20}\n", selections.size(),
      std::ranges::any_of(runs, &RunState::is_selected_on_test) ? " (some selected on test)" : "",
      "", "found", "random selections");
  return text + AgreementText("shared by two", stability.shared, "") +
         AgreementText("Jaccard", stability.jaccard, "") +
         AgreementText("Kuncheva", stability.kuncheva,
                       "needs selections of one size, not of all columns") +
         AgreementText("Nogueira", stability.nogueira, "needs selections that leave out columns",
                       interval);
}

std::string ColumnsText(const RunState& run) {
  std::vector<std::string> extractors;
  for (const LayerColumns& layer : run.search.layers) {
    if (extractors.empty() || extractors.back() != layer.extractor)
      extractors.push_back(layer.extractor);
  }
  return fmt::format("{} of {}", FormatCount(run.search.columns()), Join(extractors, ", "));
}

void RequireSameColumns(const std::vector<RunState>& runs) {
  for (const RunState& run : runs) {
    if (run.search.features == runs[0].search.features &&
        run.search.layers == runs[0].search.layers)
      continue;
    throw InputError(
        "{} and {} select from different columns ({}; {}); only runs on the same features, in the "
        "same order and reduced by the same model, can be shown together",
        runs[0].name, run.name, ColumnsText(runs[0]), ColumnsText(run));
  }
}

void WritePlot(const fs::path& path, const std::vector<RunState>& runs) {
  std::vector<Course> courses;
  for (const RunState& run : runs) {
    if (!run.history.empty()) courses.push_back({run.name + ": " + FitnessText(run), run.history});
  }
  if (courses.empty())
    throw InputError("{}: no generation is finished yet; there is nothing to draw in {}",
                     runs[0].name, PathText(path));
  const Space space = runs[0].search.space();
  document::PublishDrawing(
      path,
      ConvergenceSvg(courses, fmt::format("Search for {} of {} columns",
                                          FormatCount(space.selected), FormatCount(space.columns))),
      "Convergence");
}

}  // namespace

void Validate(const ShowConfig& config, Violations& violations) {
  if (config.plot && config.plot->extension() != ".svg" && config.plot->extension() != ".html")
    violations.push_back(
        fmt::format("--plot {}: expected x.svg or x.html", PathText(*config.plot)));
}

void RunShow(const ShowConfig& config, RunContext&) {
  std::vector<RunState> runs;
  for (const fs::path& folder : config.runs) runs.push_back(ReadRun(folder));
  RequireSameColumns(runs);
  std::string text;
  for (const RunState& run : runs)
    text += (text.empty() ? "" : "\n") + RunText(run) + SharesText(run);
  if (runs.size() > 1) text += StabilityText(runs);
  std::fputs(text.c_str(), stdout);
  if (config.plot) WritePlot(*config.plot, runs);
}

}  // namespace kallos::ga
