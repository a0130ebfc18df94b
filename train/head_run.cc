#include "train/head_run.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/lock.h"
#include "lib/core/log.h"
#include "lib/core/progress.h"
#include "lib/core/rng.h"
#include "lib/core/stop.h"
#include "lib/core/text.h"
#include "lib/weights/safetensors.h"
#include "train/head_data.h"
#include "train/trainer.h"

namespace kallos::train {
namespace {

constexpr const char* kDone = "done.txt";  // holds the key of the finished run
constexpr const char* kHistory = "history.csv";

struct EpochRow {
  int64_t epoch = 0;
  double lr = 0, train_loss = 0, validation_loss = 0, validation_accuracy = 0;
};

// One training: what a checkpoint holds.
struct Training {
  int64_t next_epoch = 0;
  std::vector<EpochRow> history;
  double best_loss = INFINITY;
  int64_t best_epoch = -1;
  Head best;
};

std::string FormatHistory(const std::vector<EpochRow>& history) {
  CsvTable table{{"epoch", "lr", "train_loss", "validation_loss", "validation_accuracy"}, {}, {}};
  for (const EpochRow& row : history) {
    table.rows.push_back({std::to_string(row.epoch), FormatDouble(row.lr), FormatDouble(row.train_loss),
                          FormatDouble(row.validation_loss), FormatDouble(row.validation_accuracy)});
  }
  return FormatCsv(table);
}

std::vector<EpochRow> ParseHistory(const std::string& text, const std::string& file) {
  std::vector<EpochRow> history;
  for (const auto& row : ParseCsv(text, file).rows) {
    const auto number = [&](size_t i) {
      const std::optional<double> value = ParseDouble(row.at(i));
      if (!value) throw InputError("{}: '{}' is no number", file, row.at(i));
      return *value;
    };
    history.push_back({static_cast<int64_t>(number(0)), number(1), number(2), number(3), number(4)});
  }
  return history;
}

struct Loss {
  double loss = 0;
  double accuracy = 0;
};

Loss Measure(const Matrix<float>& logits, const HeadData& data, const std::vector<size_t>& rows, double temperature) {
  Loss out;
  const std::vector<double> good = ProbabilityOfGood(logits, temperature);
  for (size_t i = 0; i < rows.size(); ++i) {
    const int label = data.labels[rows[i]];
    const double margin = (double{logits(i, 1)} - logits(i, 0)) / temperature * (label == 1 ? 1 : -1);
    out.loss += (margin > 0 ? std::log1p(std::exp(-margin)) : -margin + std::log1p(std::exp(margin))) /
                static_cast<double>(rows.size());
    out.accuracy += ((good[i] > 0.5) == (label == 1) ? 1.0 : 0.0) / static_cast<double>(rows.size());
  }
  return out;
}

Matrix<float> RowsOf(const Matrix<float>& features, const std::vector<size_t>& rows) {
  Matrix<float> out(rows.size(), features.columns());
  for (size_t i = 0; i < rows.size(); ++i)
    std::copy(features.Row(rows[i]).begin(), features.Row(rows[i]).end(), out.Row(i).begin());
  return out;
}

std::vector<float> ClassWeights(const HeadConfig& config, const HeadData& data) {
  if (config.balance == Balance::kNone) return {1, 1};
  std::vector<double> counts(kClasses);
  for (const size_t row : data.train_rows) counts[static_cast<size_t>(data.labels[row])] += 1;
  const double n = static_cast<double>(data.train_rows.size());
  return {static_cast<float>(n / (2 * counts[0])), static_cast<float>(n / (2 * counts[1]))};
}

// The rows of each step. A last batch of a single row joins its neighbour: batch norm has no variance for it.
std::vector<std::vector<size_t>> Batches(const HeadData& data, size_t batch, uint64_t seed, int64_t epoch) {
  std::vector<size_t> order = data.train_rows;
  Stream(seed, "train/order", static_cast<uint64_t>(epoch)).Shuffle(order);
  std::vector<std::vector<size_t>> batches;
  for (size_t i = 0; i < order.size(); i += batch) {
    const size_t end = std::min(order.size(), i + batch);
    if (end - i == 1 && !batches.empty()) {
      batches.back().push_back(order[i]);
    } else {
      batches.emplace_back(order.begin() + static_cast<ptrdiff_t>(i), order.begin() + static_cast<ptrdiff_t>(end));
    }
  }
  return batches;
}

// One seed from its checkpoint, if there is one, to its last epoch.
class SeedRun {
 public:
  SeedRun(const HeadConfig& config, const HeadData& data, uint64_t seed)
      : config_(config),
        data_(data),
        seed_(seed),
        checkpoint_(config.out / fmt::format("checkpoint-{}.safetensors", seed)),
        validation_(RowsOf(data.features, data.validation_rows)),
        trainer_(InitHead({data.features.columns(), config.hidden, config.dropout}, seed), config.dropout, seed) {
    Resume();
  }

  const Training& Run() {
    Progress progress(fmt::format("train (seed {})", seed_), "epochs", config_.epochs, training_.next_epoch);
    while (training_.next_epoch < config_.epochs && !OutOfPatience()) {
      const EpochRow row = Epoch(training_.next_epoch);
      Note(row);
      progress.Add(1, fmt::format("loss {:.4f}  val loss {:.4f}  val accuracy {:.2f}%", row.train_loss,
                                  row.validation_loss, 100 * row.validation_accuracy));
      Save();
    }
    return training_;
  }

  const fs::path& checkpoint() const { return checkpoint_; }

 private:
  bool OutOfPatience() const {
    return config_.patience > 0 && training_.next_epoch - 1 - training_.best_epoch >= config_.patience;
  }

  EpochRow Epoch(int64_t epoch) {
    EpochRow row{epoch, LearningRate(config_.scheduler, config_.lr, config_.decay, epoch), 0, 0, 0};
    const TrainingData step_data{data_.features.View(), data_.labels, class_weights_};
    for (const std::vector<size_t>& batch : Batches(data_, static_cast<size_t>(config_.batch), seed_, epoch)) {
      ThrowIfStopRequested();
      const double loss = trainer_.Step(step_data, batch, row.lr);
      if (!std::isfinite(loss)) {
        throw InputError("the loss became {} in epoch {} on a batch with row '{}'; lower --lr, or try --standardize",
                         loss, epoch, data_.ids[batch[0]]);
      }
      row.train_loss += loss * static_cast<double>(batch.size()) / static_cast<double>(data_.train_rows.size());
    }
    const Loss validation =
        Measure(HeadLogits(trainer_.head(), std::as_const(validation_).View()), data_, data_.validation_rows, 1);
    row.validation_loss = validation.loss;
    row.validation_accuracy = validation.accuracy;
    return row;
  }

  void Note(const EpochRow& row) {
    training_.history.push_back(row);
    ++training_.next_epoch;
    if (row.validation_loss >= training_.best_loss) return;
    training_.best_loss = row.validation_loss;
    training_.best_epoch = row.epoch;
    training_.best = trainer_.head();
  }

  void Save() const {
    std::vector<weights::Tensor> tensors = trainer_.State();
    for (weights::Tensor& tensor : HeadTensors(training_.best, "best/")) tensors.push_back(std::move(tensor));
    weights::WriteSafetensors(checkpoint_, tensors,
                              {{"key", data_.key}, {"history", FormatHistory(training_.history)}});
  }

  void Resume() {
    if (!fs::exists(checkpoint_)) return;
    const std::string file = PathText(checkpoint_);
    std::map<std::string, std::string> metadata;
    const std::vector<weights::Tensor> tensors =
        weights::ParseSafetensors(ReadFile(checkpoint_, size_t{16} << 30), file, true, &metadata);
    if (metadata["key"] != data_.key) {
      throw InputError(
          "{}: this training was begun with other settings or features; use --fresh to start over or another --out",
          file);
    }
    for (const EpochRow& row : ParseHistory(metadata["history"], file)) {
      training_.history.push_back(row);
      ++training_.next_epoch;
      if (row.validation_loss < training_.best_loss)
        training_.best_loss = row.validation_loss, training_.best_epoch = row.epoch;
    }
    training_.best = HeadFromTensors(tensors, file, "best/");
    trainer_.Restore(tensors, file);
    LogInfo("going on after epoch {} of {}", training_.next_epoch, file);
  }

  const HeadConfig& config_;
  const HeadData& data_;
  uint64_t seed_;
  fs::path checkpoint_;
  Matrix<float> validation_;
  Trainer trainer_;
  std::vector<float> class_weights_ = ClassWeights(config_, data_);
  Training training_;
};

// The temperature that minimises the validation loss (Guo et al., "On Calibration of Modern Neural Networks", ICML
// 2017), by golden-section search on its logarithm, in which the loss has one minimum.
double FitTemperature(const Matrix<float>& logits, const HeadData& data) {
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  double low = std::log(0.05), high = std::log(20.0);
  const auto loss = [&](double log_t) { return Measure(logits, data, data.validation_rows, std::exp(log_t)).loss; };
  for (int i = 0; i < 60; ++i) {
    const double a = high - ratio * (high - low);
    const double b = low + ratio * (high - low);
    (loss(a) < loss(b) ? high : low) = loss(a) < loss(b) ? b : a;
  }
  return std::exp((low + high) / 2);
}

void SaveResult(const HeadConfig& config, const HeadData& data, const Training& best) {
  Bundle bundle = data.frame;
  bundle.head = best.best;
  const Matrix<float> logits = HeadLogits(bundle.head, std::as_const(data.features).View());
  const Matrix<float> validation = RowsOf(logits, data.validation_rows);
  bundle.temperature = FitTemperature(validation, data);
  const Loss measured = Measure(validation, data, data.validation_rows, bundle.temperature);
  bundle.validation = {{"n", static_cast<double>(data.validation_rows.size())},
                       {"accuracy", measured.accuracy},
                       {"log_loss", measured.loss},
                       {"log_loss_uncalibrated", best.best_loss},
                       {"best_epoch", static_cast<double>(best.best_epoch)}};
  PublishBytes(config.out / kHistory, FormatHistory(best.history));
  SaveBundle(config.out / "bundle", bundle);
  LogInfo("best epoch {}: validation loss {:.4f}, accuracy {:.2f}% of {}; temperature {:.3f}", best.best_epoch,
          best.best_loss, 100 * measured.accuracy, data.validation_rows.size(), bundle.temperature);
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

// False when this very run is already complete.
bool Prepare(const HeadConfig& config, const std::string& key) {
  const fs::path done = config.out / kDone;
  RemoveStaleTemporaries(config.out);
  RemoveStaleTemporaries(config.out / "bundle");
  if (config.fresh) {
    std::vector<fs::path> old = {done};
    for (const auto& entry : fs::directory_iterator(config.out)) {
      if (entry.path().filename().string().starts_with("checkpoint-")) old.push_back(entry.path());
    }
    for (const fs::path& path : old) fs::remove(path);
  }
  if (!fs::exists(done)) return true;
  if (Trim(ReadFile(done)) == key) return false;
  throw InputError(
      "{}: holds a finished training with other settings or features; use --fresh to replace it or another --out",
      PathText(config.out));
}

}  // namespace

double LearningRate(Schedule schedule, double lr, double decay, int64_t epoch) {
  const auto e = static_cast<double>(epoch);
  switch (schedule) {
    case Schedule::kExpCompound:
      return lr * std::exp(-decay * e * (e + 1) / 2);
    case Schedule::kExp:
      return lr * std::exp(-decay * e);
    case Schedule::kConstant:
      return lr;
  }
  throw BugError("schedule");
}

void Validate(const HeadConfig& config, Violations& violations) {
  if (config.hidden.size() != config.dropout.size()) {
    violations.push_back(fmt::format("--hidden has {} layers, --dropout {} values; give one dropout per hidden layer",
                                     config.hidden.size(), config.dropout.size()));
  }
}

void RunHead(const HeadConfig& config, RunContext& context) {
  const FolderLock lock(config.out);
  const HeadData data = LoadHeadData(config, context.seed);
  if (!Prepare(config, data.key)) {
    LogInfo("{}: already trained with these settings and features; nothing to do (--fresh trains again)",
            PathText(config.out));
    return;
  }
  std::optional<Training> best;
  std::vector<double> accuracies;
  std::vector<fs::path> checkpoints;
  for (int64_t i = 0; i < config.seeds; ++i) {
    SeedRun run(config, data, context.seed + static_cast<uint64_t>(i));
    const Training& training = run.Run();
    checkpoints.push_back(run.checkpoint());
    accuracies.push_back(training.history[static_cast<size_t>(training.best_epoch)].validation_accuracy);
    if (!best || training.best_loss < best->best_loss) best = training;
  }
  SaveResult(config, data, *best);
  ReportSpread(accuracies, context);
  context.record.AddCount("training_rows", static_cast<int64_t>(data.train_rows.size()));
  context.record.AddCount("validation_rows", static_cast<int64_t>(data.validation_rows.size()));
  context.record.AddCount("columns", static_cast<int64_t>(data.features.columns()));
  for (const BundlePart& part : data.frame.parts) context.record.AddInput(part.extractor, part.fingerprint);
  context.record.Write(config.out);
  PublishBytes(config.out / kDone, data.key + "\n");
  for (const fs::path& path : checkpoints) fs::remove(path);
}

}  // namespace kallos::train
