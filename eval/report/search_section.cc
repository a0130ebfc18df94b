#include <algorithm>

#include "eval/report/measures_file.h"
#include "eval/report/search_charts.h"
#include "eval/report/sections.h"
#include "ga/layer_shares.h"
#include "ga/run_state.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/measures/intervals.h"

namespace kallos::report {
namespace {

using ga::RunState;

// Runs that choose from the same columns, and so can be compared.
using Group = std::vector<RunState>;

std::vector<Group> GroupsOf(const std::vector<Run>& runs) {
  std::vector<Group> groups;
  for (const Run& run : OfKind(runs, RunKind::kSearch)) {
    RunState state = ga::ReadRun(run.path);
    state.name = run.name;
    const auto group = std::ranges::find_if(groups, [&](const Group& other) {
      return other[0].search.features == state.search.features &&
             other[0].search.layers == state.search.layers &&
             other[0].search.metric == state.search.metric;
    });
    if (group == groups.end())
      groups.push_back({std::move(state)});
    else
      group->push_back(std::move(state));
  }
  return groups;
}

std::string FitnessOf(const RunState& run) {
  return run.search.metric + " on " +
         (run.is_selected_on_test() ? "the test rows (selected on test)" : run.search.selected_on);
}

std::vector<document::Cell> RowOf(const RunState& run) {
  const ga::TimingRow mean = ga::MeanTiming(run, run.timing.size());
  const bool begun = !run.history.empty();
  return {{run.name},
          {FormatCount(run.search.settings.select) + " of " + FormatCount(run.search.columns())},
          {FitnessOf(run)},
          CountCell(begun ? run.history.back().generation : 0),
          {fmt::format("{:.0f}", run.cost), "", run.cost},
          begun ? document::Cell{fmt::format("{:.4f}", run.history.back().best_so_far), "",
                                 run.history.back().best_so_far}
                : document::Cell{"-"},
          {FormatSeconds(mean.evaluating + mean.breeding), "", mean.evaluating + mean.breeding},
          {run.ended.empty() ? "broken off or running" : run.ended}};
}

document::Table RunsTable(const Group& group) {
  document::Table table{"Searches",
                        {{"run"},
                         {"columns"},
                         {"fitness"},
                         {"generations", true},
                         {"trainings", true},
                         {"best fitness", true},
                         {"per generation", true},
                         {"end"}}};
  for (const RunState& run : group) table.rows.push_back(RowOf(run));
  return table;
}

document::Table LayersTable(const RunState& run) {
  document::Table table{"Where the best selection of " + run.name + " comes from",
                        {{"extractor, layer"},
                         {"columns", true},
                         {"by chance", true},
                         {"found", true},
                         {"ratio", true},
                         {"z", true},
                         {"p", true}}};
  for (const ga::LayerShare& share :
       ga::LayerShares(run.search.layers, run.population->Best().genome)) {
    table.rows.push_back({{share.whole ? share.extractor : "\u2003" + share.layer},
                          CountCell(share.columns),
                          {fmt::format("{:.1f}", share.expected), "", share.expected},
                          CountCell(share.found),
                          {fmt::format("{:.2f}", share.ratio()), "", share.ratio()},
                          share.z ? document::Cell{fmt::format("{:.2f}", *share.z), "", *share.z}
                                  : document::Cell{"-"},
                          share.z ? document::Cell{fmt::format("{:.2g}", share.p), "", share.p}
                                  : document::Cell{"-"}});
  }
  return table;
}

void AddStability(const Group& group, document::Section& section) {
  std::vector<ga::Genome> selections;
  for (const RunState& run : group) {
    if (run.population) selections.push_back(run.population->Best().genome);
  }
  if (selections.size() < 2) return;
  section.blocks.emplace_back(StabilityTable(
      "Do the searches agree?", {{"these searches", selections.size(),
                                  ga::StabilityOf(selections, group[0].search.columns())}}));
}

void AddGroup(const Group& group, document::Section& section) {
  std::vector<Course> courses;
  for (const RunState& run : group) {
    if (!run.history.empty()) courses.push_back(Thinned({run.name, run.history}));
  }
  const ga::Space space = group[0].search.space();
  if (!courses.empty()) {
    section.blocks.emplace_back(ConvergenceChart(courses, FitnessOf(group[0])));
    section.blocks.emplace_back(
        DiversityChart(courses, measures::ShareOf(space.selected, space.columns)));
  }
  section.blocks.emplace_back(RunsTable(group));
  AddStability(group, section);
  for (const RunState& run : group) {
    if (run.population) section.blocks.emplace_back(LayersTable(run));
  }
}

}  // namespace

document::Section SearchSection(const std::vector<Run>& runs) {
  document::Section section{"Genetic search"};
  for (const Group& group : GroupsOf(runs)) AddGroup(group, section);
  if (!section.blocks.empty())
    section.blocks.emplace_back(
        document::Paragraph{"The fitness is that of the selected columns on the rows that chose "
                            "them, so it flatters; what the final "
                            "head reaches on test rows stands among the benchmarks."});
  return section;
}

}  // namespace kallos::report
