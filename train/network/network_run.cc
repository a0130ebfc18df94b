#include "train/network/network_run.h"

#include "lib/core/file.h"
#include "lib/core/log.h"

namespace kallos::train {

void TrainToBundle(const TrainingFolder& folder, PhotoTraining& training,
                   const std::function<void(const BestResult&)>& save, RunRecord& record) {
  const BestResult& best = training.best();
  try {
    training.Run();
  } catch (const DivergedError& error) {
    if (best.epoch < 0) throw;
    save(best);
    record.AddFact("diverged", error.what());
    folder.Report(training.history(), record);
    throw DivergedError(fmt::format("{}. {} holds the best epoch before, {}", error.what(),
                                    PathText(folder.bundle()), best.epoch));
  }
  save(best);
  if (training.seconds() > 0) {
    record.AddFact("photographs_per_second",
                   fmt::format("{:.2f}", training.photographs() / training.seconds()));
    record.AddFact("waited_for_photographs",
                   fmt::format("{:.2f}%", 100 * training.seconds_waited() / training.seconds()));
  }
  folder.Report(training.history(), record);
  folder.End();
  LogInfo("best epoch {}: validation loss {:.4f}, {} {:.2f}%", best.epoch, best.loss,
          training.accuracy_name(), 100 * best.accuracy);
}

}  // namespace kallos::train
