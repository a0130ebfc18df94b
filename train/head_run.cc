#include "train/head_run.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/lock.h"
#include "lib/core/log.h"
#include "lib/core/output_folder.h"
#include "lib/core/text.h"
#include "train/training.h"

namespace kallos::train {
namespace {

constexpr const char* kDone = "done.txt";  // holds the key of the finished run
constexpr const char* kHistory = "history.csv";
constexpr const char* kBundle = "bundle";

bool HasCheckpoint(const fs::path& out) {
  return std::ranges::any_of(fs::directory_iterator(out), [](const fs::directory_entry& entry) {
    return entry.path().filename().string().starts_with("checkpoint-");
  });
}

void RemoveCheckpoints(const fs::path& out) {
  std::vector<fs::path> checkpoints;
  for (const auto& entry : fs::directory_iterator(out)) {
    if (entry.path().filename().string().starts_with("checkpoint-")) checkpoints.push_back(entry.path());
  }
  for (const fs::path& path : checkpoints) fs::remove(path);
}

bool HoldsTraining(const fs::path& out) {
  return fs::exists(out / kDone) || fs::exists(out / kBundle) || HasCheckpoint(out);
}

// Whether there is anything to do; leftovers of killed runs are removed, and with --fresh everything.
bool Prepare(const HeadConfig& config, const std::string& key) {
  const fs::path done = config.out / kDone;
  if (!HoldsTraining(config.out)) RequireEmptyFolder(config.out, "folder of a training");
  RemoveStaleTemporaries(config.out);
  RemoveStaleTemporaries(config.out / kBundle);
  if (config.fresh) {
    fs::remove(done);
    RemoveCheckpoints(config.out);
    fs::remove(config.out / kHistory);
    fs::remove_all(config.out / kBundle);
  }
  if (!fs::exists(done)) return true;
  if (Trim(ReadFile(done)) != key) {
    throw InputError(
        "{}: holds a finished training with other settings or features; use --fresh to replace it or another --out",
        PathText(config.out));
  }
  RemoveCheckpoints(config.out);
  return false;
}

void SaveResult(const HeadConfig& config, const HeadData& data, const BestHead& best,
                const std::vector<EpochRow>& history) {
  Bundle bundle = data.frame;
  bundle.head = best.head;
  const Matrix<float> logits = HeadLogits(bundle.head, std::as_const(data.features).View());
  const Matrix<float> validation = RowsOf(logits, data.validation_rows);
  std::vector<int> labels;
  for (const size_t row : data.validation_rows) labels.push_back(data.labels[row]);
  bundle.temperature = FitTemperature(validation, labels);
  const Quality quality = Measure(validation, labels, bundle.temperature);
  bundle.validation = {{"n", static_cast<double>(labels.size())},
                       {"accuracy", quality.accuracy},
                       {"log_loss", quality.loss},
                       {"log_loss_uncalibrated", best.loss},
                       {"best_epoch", static_cast<double>(best.epoch)}};
  PublishBytes(config.out / kHistory, FormatHistory(history));
  SaveBundle(config.out / kBundle, bundle);
  LogInfo("best epoch {}: validation loss {:.4f}, accuracy {:.2f}% of {}; temperature {:.3f}", best.epoch, best.loss,
          100 * quality.accuracy, labels.size(), bundle.temperature);
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
  const FolderLock lock(config.out);
  const HeadData data = LoadHeadData(config, context.seed);
  if (!Prepare(config, data.key)) {
    LogInfo("{}: already trained with these settings and features; nothing to do (--fresh trains again)",
            PathText(config.out));
    return;
  }
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
  SaveResult(config, data, best, history);
  ReportSpread(accuracies, context);
  context.record.AddCount("training_rows", static_cast<int64_t>(data.train_rows.size()));
  context.record.AddCount("validation_rows", static_cast<int64_t>(data.validation_rows.size()));
  context.record.AddCount("columns", static_cast<int64_t>(data.features.columns()));
  for (const BundlePart& part : data.frame.parts) context.record.AddInput(part.extractor, part.fingerprint);
  context.record.Write(config.out);
  CrashPoint("before_done");
  PublishBytes(config.out / kDone, data.key + "\n");
  RemoveCheckpoints(config.out);
}

}  // namespace kallos::train
