#include "ga/compare.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "ga/compare_table.h"
#include "ga/final_head.h"
#include "ga/fitness/device_fitness.h"
#include "ga/selection.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/lock.h"
#include "lib/core/log.h"
#include "lib/core/output_folder.h"
#include "lib/core/stop.h"
#include "lib/ranks/ranks.h"

namespace kallos::ga {
namespace {

using Json = nlohmann::json;

// Raised when the same settings would give another result.
constexpr const char* kCodeVersion = "1";
constexpr const char* kSeedPrefix = "seed-";
constexpr const char* kKeyFile = "key.txt";
constexpr const char* kPredictions = "predictions.csv";
constexpr const char* kResult = "result.json";
constexpr const char* kTables[] = {"pairs.csv", "compare.csv", "table.md", "run.yaml"};

void RequireTestRows(const RunConfig& config, const store::JoinedFeatures& features) {
  int64_t count[2] = {};  // bad, good
  for (const store::ManifestRow& row : TestRows(features)) ++count[*row.label];
  if (count[0] > 0 && count[1] > 0) return;
  throw InputError(
      "{}: {} test rows of class bad, {} of class good; a comparison needs both. Give a --manifest "
      "with labelled rows of split 'test'",
      PathText(config.manifest.value_or(config.features[0])), count[0], count[1]);
}

std::vector<fs::path> SeedFolders(const fs::path& out) {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(out)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && name.starts_with(kSeedPrefix) &&
        ParseInt(name.substr(std::strlen(kSeedPrefix))))
      folders.push_back(entry.path());
  }
  return folders;
}

void Prepare(const RunConfig& config) {
  const std::vector<fs::path> seeds = SeedFolders(config.out);
  if (seeds.empty()) RequireEmptyFolder(config.out, "folder of a comparison");
  RemoveStaleTemporaries(config.out);
  if (!config.fresh) return;
  for (const char* name : kTables) fs::remove(config.out / name);
  for (const fs::path& folder : seeds) RemoveFolder(folder);
}

// Everything that decides the results, the end of the search included.
std::string KeyOfSeed(const RunConfig& config, const SearchData& data) {
  Settings settings = config.search;
  FieldList fields;
  DescribeSettings(fields, settings);
  return Sha256Hex(fmt::format("compare {}\n{}\n{}", kCodeVersion, KeyOf(config, data),
                               FormatConfig(fields.fields(), false)));
}

// All methods with one seed.
class Seed {
 public:
  Seed(const RunConfig& config, const store::JoinedFeatures& features, uint64_t seed,
       const RunRecord& record)
      : config_(config),
        features_(features),
        seed_(seed),
        record_(record),
        folder_(config.out / fmt::format("{}{}", kSeedPrefix, seed)),
        data_(MakeSearchData(config, features, seed)),
        key_(KeyOfSeed(config, data_)) {
    for (const store::ManifestRow& row : TestRows(features)) groups_[row.id] = row.group;
  }

  std::vector<Result> Run(const std::vector<Method>& methods) {
    MakeFolder(folder_);
    RemoveStaleTemporaries(folder_);
    RequireKey();
    std::vector<Result> results;
    int64_t budget = 0;
    for (const Method& method : methods) {
      ThrowIfStopRequested();
      const fs::path out = folder_ / method.name;
      if (!fs::exists(out / kResult)) Make(method, out, budget);
      results.push_back(Read(method, out));
      if (method.name == kSearchMethod) budget = results.back().trained;
    }
    return results;
  }

 private:
  void RequireKey() const {
    const fs::path file = folder_ / kKeyFile;
    if (!fs::exists(file)) PublishBytes(file, key_ + "\n");
    if (Trim(ReadFile(file)) != key_) {
      throw InputError(
          "{}: of a comparison with other features or settings; --fresh starts over, or give "
          "another --out",
          PathText(folder_));
    }
  }

  void Make(const Method& method, const fs::path& out, int64_t budget) {
    LogInfo("seed {}, {}", seed_, method.name);
    MakeFolder(out);
    RemoveStaleTemporaries(out);
    const auto [choice, fitness] = Choose(method, out, budget);
    const std::string selected_on = method.by_fitness ? EnumName(config_.rows) : "train";
    WriteSelection(out, data_, choice.genome, selected_on);
    PublishBytes(out / kPredictions, measures::FormatPredictions(Predictions(out)));
    Json json = {{"format_version", 1},
                 {"seed", seed_},
                 {"method", method.name},
                 {"selected_on", selected_on},
                 {"columns", choice.genome.size()},
                 {"fitness", fitness},
                 {"trained", choice.trained},
                 {"seconds", choice.seconds},
                 {"note", choice.note}};
    if (method.name == kSearchMethod)  // so that kallos-ga show sees that the run is at its end
      json["generation"] = ReadHistory(out / kHistory).back().generation;
    CrashPoint("before_compare_result");
    PublishBytes(out / kResult, json.dump(1) + "\n");
  }

  // With its fitness.
  std::pair<Choice, double> Choose(const Method& method, const fs::path& out,
                                   int64_t budget) const {
    const train::HeadData& head = data_.head_data;
    const Space space{std::ssize(data_.columns), config_.search.select};
    const SearchSettings search{config_.search, space, seed_, out, key_};
    if (method.name == kSearchMethod)
      WriteSearchFile(out / kSearchFile, SearchFileOf(config_, data_, search));
    // A fitness of its own: on a device all individuals of one have one size.
    const Fitness fitness = MakeFitness(FitnessSettingsOf(config_), data_.View(), seed_);
    const auto start = std::chrono::steady_clock::now();
    Choice choice =
        method.choose({{head.features.View(), head.labels, head.train_rows, head.frame.scale},
                       search,
                       fitness,
                       budget});
    if (choice.seconds == 0)
      choice.seconds =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    double value = 0;
    fitness({&choice.genome, 1}, 1, [&](size_t, double found) { value = found; });
    if (std::isnan(value))
      throw InputError("seed {}, {}: the fitness is NaN; the training diverges, lower --lr", seed_,
                       method.name);
    return {std::move(choice), value};
  }

  // Of the head on out/selection.csv, which is trained where it is not there.
  std::vector<measures::Prediction> Predictions(const fs::path& out) const {
    RunRecord record = record_;
    RunContext context{seed_, record};
    TrainFinalHead(config_, features_, out, context);
    return PredictTest(config_, features_, out).labelled.predictions;
  }

  Result Read(const Method& method, const fs::path& out) const {
    const fs::path file = out / kResult;
    Result result;
    result.seed = seed_;
    result.method = method;
    try {
      const Json json = Json::parse(ReadFile(file));
      result.columns = json.at("columns");
      result.fitness = json.at("fitness");
      result.trained = json.at("trained");
      result.seconds = json.at("seconds");
      result.note = json.at("note");
    } catch (const Json::exception& error) {
      throw InputError("{}: damaged ({}); remove the file, and the same command makes it again",
                       PathText(file), error.what());
    }
    result.predictions = measures::ReadPredictions(out / kPredictions);
    for (measures::Prediction& prediction : result.predictions)
      prediction.group = groups_.at(prediction.id);
    return result;
  }

  const RunConfig& config_;
  const store::JoinedFeatures& features_;
  uint64_t seed_;
  const RunRecord& record_;
  fs::path folder_;
  SearchData data_;
  std::string key_;
  std::map<std::string, std::string> groups_;  // of the test rows, by id
};

void Publish(const CompareConfig& config, const Table& table, RunContext& context) {
  const fs::path& out = config.run.out;
  const TableTexts texts = FormatTable(table);
  fs::remove(out / "run.yaml");
  PublishBytes(out / "pairs.csv", texts.pairs_csv);
  PublishBytes(out / "compare.csv", texts.compare_csv);
  PublishBytes(out / "table.md", texts.markdown);
  context.record.AddFact("arithmetic", ArithmeticOf(FitnessSettingsOf(config.run)));
  context.record.AddFact("selected_on", table.fitness_rows);
  context.record.AddCount("seeds", config.seeds);
  context.record.Write(out);
  std::fputs(texts.markdown.c_str(), stdout);
}

}  // namespace

void RunCompare(const CompareConfig& config, RunContext& context) {
  const Ranks ranks;
  if (ranks.size() > 1)
    throw UsageError(
        "kallos-ga compare is one process; start it without mpirun (kallos-ga run knows several)");
  // Throws for a device that is not there, before anything is read.
  ArithmeticOf(FitnessSettingsOf(config.run));
  const FolderLock lock(config.run.out);
  const store::JoinedFeatures features = ReadFeatures(config.run);
  RequireTestRows(config.run, features);
  Prepare(config.run);
  Table table{{}, EnumName(config.run.metric), EnumName(config.run.rows), context.seed};
  for (int64_t i = 0; i < config.seeds; ++i) {
    const uint64_t number = context.seed + i;
    std::vector<Result> results =
        Seed(config.run, features, number, context.record).Run(ChosenMethods(config));
    std::ranges::move(results, std::back_inserter(table.results));
  }
  Publish(config, table, context);
}

}  // namespace kallos::ga
