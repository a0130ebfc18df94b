#include "train/head_run.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lib/core/file.h"
#include "lib/core/log.h"
#include "train/training.h"
#include "train/training_folder.h"

namespace kallos::train {
namespace {

void SaveResult(const fs::path& folder, const HeadData& data, const BestHead& best) {
  model::Bundle bundle = data.frame;
  bundle.head = best.head;
  const Matrix<float> logits = model::HeadLogits(bundle.head, std::as_const(data.features).View());
  const Matrix<float> validation = RowsOf(logits, data.validation_rows);
  std::vector<int> labels;
  for (const size_t row : data.validation_rows) labels.push_back(data.labels[row]);
  bundle.temperature = model::FitTemperature(validation, labels);
  const model::Quality quality = model::Measure(validation, labels, bundle.temperature);
  bundle.validation = {{"n", static_cast<double>(labels.size())},
                       {"accuracy", quality.accuracy},
                       {"log_loss", quality.loss},
                       {"log_loss_uncalibrated", best.loss},
                       {"best_epoch", static_cast<double>(best.epoch)}};
  model::SaveBundle(folder, bundle);
  LogInfo("best epoch {}: validation loss {:.4f}, accuracy {:.2f}% of {}; temperature {:.3f}",
          best.epoch, best.loss, 100 * quality.accuracy, labels.size(), bundle.temperature);
}

void ReportSpread(const std::vector<double>& accuracies, RunContext& context) {
  if (accuracies.size() < 2) return;
  const double n = static_cast<double>(accuracies.size());
  const double mean = std::accumulate(accuracies.begin(), accuracies.end(), 0.0) / n;
  double square = 0;
  for (const double a : accuracies) square += (a - mean) * (a - mean) / (n - 1);
  const std::string text = fmt::format("{:.2f}% +- {:.2f}", 100 * mean, 100 * std::sqrt(square));
  LogInfo("validation accuracy of {} seeds: {} (sd)", accuracies.size(), text);
  context.record.AddFact("validation_accuracy_over_seeds", text);
}

}  // namespace

void RunHead(const HeadConfig& config, RunContext& context) {
  TrainingFolder folder(config.out, config.fresh);
  const HeadData data = LoadHeadData(config, context.seed);
  if (!folder.Begin(data.key)) return;
  folder.Clear();
  BestHead best;
  std::vector<EpochRow> history;
  std::vector<double> accuracies;
  for (int64_t i = 0; i < config.seeds; ++i) {
    Training training(config, data, context.seed + static_cast<uint64_t>(i));
    training.Run();
    accuracies.push_back(training.best().accuracy);
    if (training.best().loss >= best.loss) continue;
    best = training.best();
    history = training.history();
  }
  SaveResult(folder.bundle(), data, best);
  ReportSpread(accuracies, context);
  context.record.AddCount("training_rows", static_cast<int64_t>(data.train_rows.size()));
  context.record.AddCount("validation_rows", static_cast<int64_t>(data.validation_rows.size()));
  context.record.AddCount("columns", static_cast<int64_t>(data.features.columns()));
  for (const model::BundlePart& part : data.frame.parts)
    context.record.AddInput(part.extractor, part.fingerprint);
  folder.Report(history, context.record);
  folder.End();
}

}  // namespace kallos::train
