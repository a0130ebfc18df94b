#include "train/training.h"

#include <algorithm>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/log.h"
#include "lib/core/progress.h"
#include "lib/core/stop.h"
#include "lib/core/text.h"
#include "train/checkpoint.h"

namespace kallos::train {
namespace {

model::Head StartingHead(const Recipe& recipe, const HeadData& data, uint64_t seed) {
  if (!data.frame.head.empty()) return data.frame.head;
  return model::InitHead({data.features.columns(), recipe.hidden, recipe.dropout}, seed);
}

}  // namespace

std::string FormatHistory(const std::vector<EpochRow>& history) {
  CsvTable table{
      {"epoch", "fit", "lr", "train_loss", "validation_loss", "validation_accuracy"}, {}, {}};
  for (const EpochRow& row : history) {
    table.rows.push_back({std::to_string(row.epoch), std::to_string(row.fit), FormatDouble(row.lr),
                          FormatDouble(row.train_loss), FormatDouble(row.validation_loss),
                          FormatDouble(row.validation_accuracy)});
  }
  return FormatCsv(table);
}

std::vector<EpochRow> ParseHistory(const std::string& text, const std::string& file) {
  std::vector<EpochRow> history;
  for (const auto& row : ParseCsv(text, file).rows) {
    const auto number = [&](size_t i) {
      const std::optional<double> value = i < row.size() ? ParseDouble(row[i]) : std::nullopt;
      if (!value)
        throw InputError("{}: the history of epoch {} is damaged; use --fresh", file,
                         history.size());
      return *value;
    };
    history.push_back({static_cast<int64_t>(number(0)), static_cast<int64_t>(number(1)), number(2),
                       number(3), number(4), number(5)});
  }
  return history;
}

Training::Training(const HeadSettings& settings, const HeadData& data, uint64_t seed,
                   const fs::path& folder)
    : settings_(settings),
      data_(data),
      seed_(seed),
      checkpoint_(folder / CheckpointName(seed)),
      validation_(RowsOf(data.features, data.validation_rows)),
      class_weights_(ClassWeights(settings.recipe.balance, data.labels, data.train_rows)),
      fits_(FitRows(settings.recipe.balance, settings.chunk_order, data.labels, data.train_rows,
                    seed)),
      rates_(settings.recipe.LearningRates()),
      trainer_(StartingHead(settings.recipe, data, seed),
               {settings.recipe.dropout, seed, settings.recipe.moving_statistics,
                !data.frame.head.empty(), settings.recipe.precision}) {
  for (const size_t row : data.validation_rows) validation_labels_.push_back(data.labels[row]);
  if (!data.frame.head.empty()) {
    const model::Quality start = Validate(data.frame.head);
    best_ = {data.frame.head, start.loss, start.accuracy, -1};
    LogInfo("the initial head: validation loss {:.4f}, accuracy {:.2f}%", start.loss,
            100 * start.accuracy);
  }
  Resume();
}

void Training::Run() {
  Progress progress(fmt::format("train (seed {})", seed_), "epochs", fits_.size() * rates_.size(),
                    history_.size());
  while (RunEpoch()) {
    const EpochRow& row = history_.back();
    progress.Add(1,
                 fmt::format("loss {:.4f}  val loss {:.4f}  val accuracy {:.2f}%", row.train_loss,
                             row.validation_loss, 100 * row.validation_accuracy));
  }
}

bool Training::RunEpoch() {
  const Position next = Next();
  if (next.fit == fits_.size()) return false;
  if (next.epoch == 0 && next.fit > 0) trainer_.StartFit(best_.head);
  if (Note(Epoch(next))) best_.head = trainer_.head();
  Save();
  return true;
}

// A fit ends after its epochs, or `patience` epochs after its start or the best epoch, whichever is
// later.
Training::Position Training::Next() const {
  if (history_.empty()) return {};
  const int64_t fit = history_.back().fit;
  const auto done = std::count_if(history_.begin(), history_.end(),
                                  [&](const EpochRow& r) { return r.fit == fit; });
  const auto epochs = static_cast<int64_t>(history_.size());
  const bool impatient =
      settings_.patience > 0 &&
      epochs - 1 - std::max(best_.epoch, epochs - done - 1) >= settings_.patience;
  if (done == settings_.recipe.epochs || impatient) return {static_cast<size_t>(fit) + 1, 0};
  return {static_cast<size_t>(fit), static_cast<size_t>(done)};
}

EpochRow Training::Epoch(Position position) {
  EpochRow row{static_cast<int64_t>(history_.size()),
               static_cast<int64_t>(position.fit),
               rates_[position.epoch],
               0,
               0,
               0};
  row.train_loss = TrainOn(
      EpochRows(settings_.recipe.balance, data_.labels, fits_[position.fit], seed_, row.epoch),
      row.lr);
  const model::Quality quality = Validate(trainer_.head());
  if (!std::isfinite(quality.loss))
    ThrowDiverged(fmt::format("after epoch {}: the validation loss", row.epoch));
  row.validation_loss = quality.loss;
  row.validation_accuracy = quality.accuracy;
  return row;
}

// The mean loss of an epoch.
double Training::TrainOn(const std::vector<size_t>& rows, double rate) {
  double sum = 0;
  const std::vector<std::vector<size_t>> batches = Batches(rows, settings_.recipe.batch);
  for (size_t step = 0; step < batches.size(); ++step) {
    ThrowIfStopRequested();
    const double loss =
        trainer_.Step({data_.features.View(), data_.labels, class_weights_}, batches[step], rate);
    if (!std::isfinite(loss)) {
      ThrowDiverged(fmt::format("epoch {}, step {} of {} (a batch with row '{}'): the loss",
                                history_.size(), step + 1, batches.size(),
                                data_.ids[batches[step][0]]));
    }
    sum += loss * batches[step].size();
  }
  return sum / rows.size();
}

void Training::ThrowDiverged(const std::string& what) const {
  throw InputError(
      "{} is no longer finite; lower --lr (now {}), or try --standardize, with --fresh", what,
      settings_.recipe.lr);
}

model::Quality Training::Validate(const model::Head& head) const {
  return model::Measure(model::HeadOutputs(head, validation_.View()), validation_labels_);
}

// Appends the row; true when its epoch is the best.
bool Training::Note(const EpochRow& row) {
  const bool new_fit = !history_.empty() && history_.back().fit != row.fit;
  if (settings_.checkpoint == Checkpoint::kPerFit && (new_fit || history_.empty()))
    best_.loss = INFINITY;
  history_.push_back(row);
  if (row.validation_loss >= best_.loss) return false;
  best_.loss = row.validation_loss;
  best_.accuracy = row.validation_accuracy;
  best_.epoch = row.epoch;
  return true;
}

void Training::Save() const {
  std::vector<weights::Tensor> tensors = trainer_.State();
  for (weights::Tensor& tensor : HeadTensors(best_.head, "best/"))
    tensors.push_back(std::move(tensor));
  WriteCheckpoint(checkpoint_, data_.key,
                  {std::move(tensors), {{"history", FormatHistory(history_)}}});
}

void Training::Resume() {
  const std::optional<TrainingState> state = ReadCheckpoint(checkpoint_, data_.key);
  if (!state) return;
  const std::string file = PathText(checkpoint_);
  for (const EpochRow& row : ParseHistory(state->notes.at("history"), file)) Note(row);
  best_.head = model::HeadFromTensors(state->tensors, file, "best/");
  trainer_.Restore(state->tensors, file);
  LogInfo("going on after {} epochs of {}", history_.size(), file);
}

}  // namespace kallos::train
