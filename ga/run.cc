#include "ga/run.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "ga/data.h"
#include "ga/evolution/search.h"
#include "ga/final_head.h"
#include "ga/fitness/device_fitness.h"
#include "ga/fitness/distributed.h"
#include "ga/search_file.h"
#include "ga/selection.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/lock.h"
#include "lib/core/log.h"
#include "lib/core/output_folder.h"
#include "lib/core/text.h"

namespace kallos::ga {
namespace {

bool HoldsSearch(const fs::path& out) {
  return fs::exists(out / kCheckpoint) || fs::exists(out / kEvaluations) ||
         fs::exists(out / kSearchFile);
}

// With --fresh all goes: the result first, and last what shows that it is the folder of a search.
void Prepare(const RunConfig& config) {
  if (!HoldsSearch(config.out)) RequireEmptyFolder(config.out, "folder of a search");
  RemoveStaleTemporaries(config.out);
  if (!config.fresh) return;
  fs::remove(config.out / kResultFile);
  for (const char* name : {kHeadFolder, kTestFolder}) RemoveFolder(config.out / name);
  for (const char* name :
       {kSelectionFile, "run.yaml", kTiming, kHistory, kEvaluations, kCheckpoint, kSearchFile})
    fs::remove(config.out / name);
}

// Of what is in the folder, evaluations of another search above all, nothing must enter this one.
void Announce(const RunConfig& config, const SearchData& data, const SearchSettings& search) {
  const fs::path file = config.out / kSearchFile;
  const bool begun = fs::exists(config.out / kCheckpoint) || fs::exists(config.out / kEvaluations);
  if (fs::exists(file) && ReadSearchFile(file).key != search.key && begun)
    throw InputError(
        "{}: of a search with other features or settings; --fresh starts over, or give another "
        "--out",
        PathText(file));
  WriteSearchFile(file, SearchFileOf(config, data, search));
}

void ShowCost(const RunConfig& config, const SearchData& data) {
  double rows = 0;
  for (const Fold& fold : data.folds) rows += fold.train_rows.size();
  const double operations =
      rows * config.recipe.epochs * OperationsPerRow(config.recipe, config.search.select);
  const double most = MostCost(config.search, 1), checked = MostCost(config.search, 0);
  LogInfo(
      "{} of {} columns; an individual costs {} x {} epochs, {:.3g} TFLOP; a generation at most "
      "{:.0f} of them{}",
      FormatCount(config.search.select), FormatCount(data.columns.size()), data.folds.size(),
      config.recipe.epochs, operations / 1e12, most,
      IsChecked(config.search, 0) ? fmt::format(", {:.0f} where first looks are checked", checked)
                                  : "");
}

// Null where there are no test rows.
nlohmann::json MeasureOnTest(const RunConfig& config, const store::JoinedFeatures& features,
                             RunContext& context) {
  if (TestRows(features).empty()) {
    LogWarning("there are no test rows: the selection stays unmeasured. Give a split with 'test'");
    return nullptr;
  }
  const measures::Report report = EvaluateOnTest(config, features, config.out, context);
  return nlohmann::json::parse(measures::FormatMetricsJson({report}))["benchmarks"];
}

void WriteResult(const RunConfig& config, const SearchResult& result, nlohmann::json test) {
  int64_t asked = 0;
  for (const HistoryRow& row : result.history) {
    asked += row.generation == 0
                 ? config.search.population * config.search.islands
                 : (config.search.population - config.search.elite) * config.search.islands;
  }
  const nlohmann::json json = {{"format_version", 1},
                               {"best_fitness", result.population.Best().fitness},
                               {"metric", EnumName(config.metric)},
                               {"selected_on", EnumName(config.rows)},
                               {"generation", result.population.generation},
                               {"evaluations", asked},
                               {"trained", result.cost},
                               {"seconds", SecondsOf(result)},
                               {"ended", result.ended},
                               {"selection", kSelectionFile},
                               {"test", std::move(test)}};
  PublishBytes(config.out / kResultFile, json.dump(1) + "\n");
}

// What only one rank may do: everything that is written.
void SearchAndMeasure(const RunConfig& config, const store::JoinedFeatures& features,
                      const SearchData& data, const Ranks& ranks, const Fitness& fitness,
                      RunContext& context) {
  const FolderLock lock(config.out);
  Prepare(config);
  const int64_t columns = data.columns.size();
  const SearchSettings search{config.search,
                              {columns, config.search.select},
                              context.seed,
                              config.out,
                              KeyOf(config, data)};
  Announce(config, data, search);
  ShowCost(config, data);
  const SearchResult result = Search(search, Distributed(ranks, fitness));
  EndServing(ranks);
  if (WriteSelection(config.out, data, result.population.Best().genome, EnumName(config.rows))) {
    for (const char* name : {kHeadFolder, kTestFolder}) fs::remove_all(config.out / name);
    fs::remove(config.out / kResultFile);
  }
  TrainFinalHead(config, features, config.out, context);
  WriteResult(config, result, MeasureOnTest(config, features, context));
  context.record.AddFact("arithmetic", ArithmeticOf(FitnessSettingsOf(config)));
  context.record.AddFact("selected_on", EnumName(config.rows));
  context.record.AddFact("ranks", std::to_string(ranks.size()));
  context.record.AddCount("generation", result.population.generation);
  context.record.AddCount("trained", static_cast<int64_t>(std::ceil(result.cost)));
  context.record.Write(config.out);
  LogInfo(
      "{}: {} columns, {} {:.4f} on {}; head in {}", PathText(config.out / kSelectionFile),
      FormatCount(config.search.select), EnumName(config.metric), result.population.Best().fitness,
      config.rows == FitnessRows::kTest ? "the test rows: selected on test" : EnumName(config.rows),
      PathText(config.out / kHeadFolder / "bundle"));
}

}  // namespace

void RunSearch(const RunConfig& config, RunContext& context) {
  const Ranks ranks;
  ranks.Run([&] {
    if (!ranks.is_first()) SetLogLevel(LogLevel::kWarning);
    // Throws for a device that is not there, before anything is read.
    ArithmeticOf(FitnessSettingsOf(config));
    store::JoinedFeatures features = ReadFeatures(config);
    const SearchData data = MakeSearchData(config, features, context.seed);
    if (!ranks.is_first()) features.features = {};  // those ranks only train
    const Fitness fitness =
        MakeFitness(FitnessSettingsOf(config), data.View(), context.seed, ranks.local_rank());
    if (ranks.is_first()) {
      SearchAndMeasure(config, features, data, ranks, fitness, context);
    } else {
      Serve(ranks, fitness);
    }
  });
}

}  // namespace kallos::ga
