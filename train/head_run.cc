#include "train/head_run.h"

#include <cmath>
#include <numeric>

#include "lib/core/log.h"

namespace kallos::train {
namespace {

// Mean and standard deviation over the seeds.
void ReportSpread(const std::vector<double>& accuracies, RunRecord& record) {
  if (accuracies.size() < 2) return;
  const double n = accuracies.size();
  const double mean = std::accumulate(accuracies.begin(), accuracies.end(), 0.0) / n;
  double square = 0;
  for (const double a : accuracies) square += (a - mean) * (a - mean) / (n - 1);
  const std::string text = fmt::format("{:.2f}% +- {:.2f}", 100 * mean, 100 * std::sqrt(square));
  LogInfo("validation accuracy of {} seeds: {} (sd)", accuracies.size(), text);
  record.AddFact("validation_accuracy_over_seeds", text);
}

}  // namespace

void TrainHeadInto(TrainingFolder& folder, const HeadData& data, const HeadSettings& settings,
                   uint64_t seed, RunRecord& record) {
  if (!folder.Begin(data.key)) return;
  folder.Clear();
  const TrainedHead trained = TrainHead(data, settings, seed, folder.path());
  model::SaveBundle(folder.bundle(), trained.bundle);
  ReportSpread(trained.accuracies, record);
  record.AddCount("training_rows", data.train_rows.size());
  record.AddCount("validation_rows", data.validation_rows.size());
  record.AddCount("columns", data.features.columns());
  for (const model::BundlePart& part : data.frame.parts)
    record.AddInput(part.extractor, part.fingerprint);
  folder.Report(trained.history, record);
  folder.End();
}

void RunHead(const HeadConfig& config, RunContext& context) {
  TrainingFolder folder(config.out, config.fresh);
  const HeadData data = LoadHeadData(config, context.seed);
  TrainHeadInto(folder, data, config.settings, context.seed, context.record);
}

}  // namespace kallos::train
