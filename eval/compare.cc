#include "eval/compare.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "eval/model_names.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/lock.h"
#include "lib/core/log.h"
#include "lib/core/output_folder.h"
#include "lib/core/text.h"
#include "lib/measures/comparison.h"
#include "lib/measures/scored_predictions.h"

namespace kallos::eval {
namespace {

constexpr const char* kJson = "compare.json";
constexpr const char* kPredictions = "predictions.csv";  // of kallos-eval benchmark
constexpr size_t kMostNamed = 5;                         // ids in a message

fs::path FileOf(const fs::path& model) {
  return fs::is_directory(model) ? model / kPredictions : model;
}

std::vector<measures::Prediction> ReadSorted(const fs::path& file) {
  if (measures::KindOf(file) != measures::PredictionKind::kClasses)
    throw InputError(
        "{}: holds predicted scores; kallos-eval compare takes predictions of classes: "
        "id,label,probability",
        PathText(file));
  std::vector<measures::Prediction> predictions = measures::ReadPredictions(file);
  std::ranges::sort(predictions, {}, &measures::Prediction::id);
  return predictions;
}

std::string Listed(std::vector<std::string> ids) {
  const size_t count = ids.size();
  ids.resize(std::min(count, kMostNamed));
  return Join(ids, ", ") +
         (count > kMostNamed ? fmt::format(" and {} more", count - kMostNamed) : "");
}

void RequireSameIds(const std::vector<measures::Prediction>& a, const std::string& a_file,
                    const std::vector<measures::Prediction>& b, const std::string& b_file) {
  std::vector<std::string> ids_a, ids_b, only_a, only_b;
  for (const measures::Prediction& p : a) ids_a.push_back(p.id);
  for (const measures::Prediction& p : b) ids_b.push_back(p.id);
  std::ranges::set_difference(ids_a, ids_b, std::back_inserter(only_a));
  std::ranges::set_difference(ids_b, ids_a, std::back_inserter(only_b));
  std::vector<std::string> parts;
  if (!only_a.empty()) parts.push_back(fmt::format("only in {}: {}", a_file, Listed(only_a)));
  if (!only_b.empty()) parts.push_back(fmt::format("only in {}: {}", b_file, Listed(only_b)));
  if (!parts.empty())
    throw InputError("the models must have judged the same photographs; {}", Join(parts, "; "));
}

void RequireSameRows(const std::vector<measures::Prediction>& a, const std::string& a_file,
                     const std::vector<measures::Prediction>& b, const std::string& b_file) {
  RequireSameIds(a, a_file, b, b_file);
  for (size_t i = 0; i < a.size(); ++i) {
    const auto refuse = [&](const char* column, const std::string& first,
                            const std::string& second) {
      if (first != second)
        throw InputError("id '{}': {} is '{}' in {} and '{}' in {}", a[i].id, column, first, a_file,
                         second, b_file);
    };
    refuse("label", std::to_string(a[i].label), std::to_string(b[i].label));
    refuse("benchmark", a[i].benchmark, b[i].benchmark);
    refuse("group", a[i].group, b[i].group);
  }
}

// Probabilities of the other class rank the photographs backwards.
void WarnOfSwappedClasses(const measures::Model& model) {
  const measures::RocThresholds thresholds = measures::ThresholdsOf(model.predictions);
  const measures::Verdicts v = measures::CountVerdicts(thresholds);
  if (v.tp + v.fn == 0 || v.fp + v.tn == 0) return;
  const measures::AucInterval auc = measures::RocAucInterval(model.predictions, thresholds,
                                                             measures::GroupsOf(model.predictions));
  if (auc.interval.high < 0.5) {
    LogWarning(
        "{}: its ROC-AUC is {:.3f}, below chance: 'probability' must be that of good (label 1)",
        model.name, measures::RocAuc(thresholds));
  }
}

std::vector<measures::Model> ReadModels(const CompareConfig& config, RunRecord& record) {
  std::vector<measures::Model> models;
  const std::vector<std::string> names =
      config.names.empty() ? ModelNames(config.models) : config.names;
  std::set<fs::path> files;
  for (const fs::path& model : config.models) {
    if (!files.insert(fs::weakly_canonical(FileOf(model))).second)
      throw UsageError("{} is given twice", PathText(model));
  }
  for (size_t i = 0; i < config.models.size(); ++i) {
    const fs::path file = FileOf(config.models[i]);
    models.push_back({names[i], ReadSorted(file)});
    record.AddInput(PathText(file), Sha256OfFile(file));
    if (i > 0)
      RequireSameRows(models[0].predictions, PathText(FileOf(config.models[0])),
                      models[i].predictions, PathText(file));
    WarnOfSwappedClasses(models.back());
  }
  return models;
}

}  // namespace

void Validate(const CompareConfig& config, Violations& violations) {
  if (config.models.size() < 2) violations.push_back("give the predictions of two models or more");
  const std::vector<std::string> faults = NameFaults(config.names, config.models.size());
  violations.insert(violations.end(), faults.begin(), faults.end());
}

void RunCompare(const CompareConfig& config, RunContext& context) {
  const FolderLock lock(config.out);
  if (!fs::exists(config.out / kJson)) RequireEmptyFolder(config.out, "folder of a comparison");
  RemoveStaleTemporaries(config.out);
  const std::vector<measures::Model> models = ReadModels(config, context.record);
  const std::vector<measures::Pair> pairs = measures::ComparePairs(models, context.seed);
  const std::string table = measures::FormatComparisonMarkdown(pairs);
  fs::remove(config.out / "run.yaml");
  // First, by which a run that was broken off knows its own folder.
  PublishBytes(config.out / kJson, measures::FormatComparisonJson(pairs));
  PublishBytes(config.out / "pairs.csv", measures::FormatPairsCsv(pairs));
  PublishBytes(config.out / "table.md", table);
  context.record.AddCount("models", models.size());
  context.record.AddCount("photographs", models[0].predictions.size());
  context.record.Write(config.out);
  std::fputs(table.c_str(), stdout);
}

}  // namespace kallos::eval
