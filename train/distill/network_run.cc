#include "train/distill/network_run.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/log.h"
#include "lib/core/output_folder.h"
#include "lib/core/text.h"

namespace kallos::train {
namespace {

constexpr const char* kDone = "done.txt";  // holds the key of the finished training
constexpr const char* kHistory = "history.csv";
constexpr const char* kBundle = "bundle";
constexpr const char* kBundleIndex = "bundle/bundle.yaml";
constexpr const char* kStudentFile = "bundle/student.safetensors";

}  // namespace

NetworkRun::NetworkRun(const NetworkConfig& config) : config_(config), lock_(config.out) {
  const std::vector<const char*> signs = {kDone, kBundleIndex, kPhotoCheckpoint, kHistory};
  const bool begun = std::ranges::any_of(signs, [&](const char* name) { return fs::exists(config.out / name); });
  if (!begun) RequireEmptyFolder(config.out, "folder of a training");
}

bool NetworkRun::Begin(const std::string& key) const {
  const fs::path done = config_.out / kDone;
  RemoveStaleTemporaries(config_.out);
  RemoveStaleTemporaries(config_.out / kBundle);
  if (config_.fresh || !fs::exists(done) || !fs::exists(config_.out / kBundleIndex)) return true;
  if (Trim(ReadFile(done)) != key) {
    throw InputError(
        "{}: holds a finished training with other settings, photographs or features; use --fresh to replace it or "
        "another --out",
        PathText(config_.out));
  }
  fs::remove(config_.out / kPhotoCheckpoint);
  LogInfo("{}: already trained with these settings, photographs and features; nothing to do (--fresh trains again)",
          PathText(config_.out));
  return false;
}

void NetworkRun::Clear() const {
  fs::remove(config_.out / kDone);
  if (!config_.fresh) return;
  for (const char* name :
       {kPhotoCheckpoint, kHistory, "run.yaml", kBundleIndex, "bundle/head.safetensors", kStudentFile})
    fs::remove(config_.out / name);
  std::error_code not_empty;
  fs::remove(config_.out / kBundle, not_empty);
}

fs::path NetworkRun::bundle() const {
  return config_.out / kBundle;
}

void NetworkRun::End(const PhotoTraining& training, const std::string& key, RunRecord& record) const {
  const BestResult& best = training.best();
  PublishBytes(config_.out / kHistory, FormatHistory(training.history()));
  if (training.seconds() > 0) {
    record.AddFact("photographs_per_second",
                   fmt::format("{:.2f}", static_cast<double>(training.photographs()) / training.seconds()));
    record.AddFact("waited_for_photographs",
                   fmt::format("{:.2f}%", 100 * training.seconds_waited() / training.seconds()));
  }
  record.Write(config_.out);
  CrashPoint("before_done");
  PublishBytes(config_.out / kDone, key + "\n");
  fs::remove(config_.out / kPhotoCheckpoint);
  LogInfo("best epoch {}: validation loss {:.4f}, {:.2f}% of the verdicts agree", best.epoch + 1, best.loss,
          100 * best.accuracy);
}

}  // namespace kallos::train
