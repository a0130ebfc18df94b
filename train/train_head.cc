#include "train/train_head.h"

#include "lib/core/log.h"

namespace kallos::train {
namespace {

model::Bundle Calibrated(const HeadData& data, const BestHead& best) {
  model::Bundle bundle = data.frame;
  bundle.head = best.head;
  const Matrix<float> logits = model::HeadOutputs(bundle.head, data.features.View());
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
  LogInfo("best epoch {}: validation loss {:.4f}, accuracy {:.2f}% of {}; temperature {:.3f}",
          best.epoch, best.loss, 100 * quality.accuracy, labels.size(), bundle.temperature);
  return bundle;
}

}  // namespace

TrainedHead TrainHead(const HeadData& data, const HeadSettings& settings, uint64_t seed,
                      const std::filesystem::path& folder) {
  TrainedHead trained;
  BestHead best;
  for (int64_t i = 0; i < settings.seeds; ++i) {
    Training training(settings, data, seed + static_cast<uint64_t>(i), folder);
    training.Run();
    trained.accuracies.push_back(training.best().accuracy);
    if (training.best().loss >= best.loss) continue;
    best = training.best();
    trained.history = training.history();
  }
  trained.bundle = Calibrated(data, best);
  return trained;
}

}  // namespace kallos::train
