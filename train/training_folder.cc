#include "train/training_folder.h"

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/log.h"
#include "lib/core/output_folder.h"
#include "lib/core/text.h"
#include "train/bundle.h"

namespace kallos::train {
namespace {

constexpr const char* kDone = "done.txt";  // holds the key of the finished training
constexpr const char* kHistory = "history.csv";
constexpr const char* kBundle = "bundle";
constexpr const char* kCheckpoint = "checkpoint";  // what their names begin with

}  // namespace

TrainingFolder::TrainingFolder(fs::path folder, bool fresh)
    : folder_(std::move(folder)), fresh_(fresh), lock_(folder_) {
  const bool begun =
      fs::exists(folder_ / kDone) || fs::exists(folder_ / kHistory) || HoldsBundle(bundle()) || !Checkpoints().empty();
  if (!begun) RequireEmptyFolder(folder_, "folder of a training");
}

bool TrainingFolder::Begin(const std::string& key) const {
  RemoveStaleTemporaries(folder_);
  RemoveStaleTemporaries(bundle());
  if (fresh_ || !fs::exists(folder_ / kDone) || !HoldsBundle(bundle())) return true;
  if (Trim(ReadFile(folder_ / kDone)) != key) {
    throw InputError(
        "{}: holds a finished training with other settings or inputs; use --fresh to replace it or another --out",
        PathText(folder_));
  }
  for (const fs::path& checkpoint : Checkpoints()) fs::remove(checkpoint);
  LogInfo("{}: already trained with these settings and inputs; nothing to do (--fresh trains again)",
          PathText(folder_));
  return false;
}

// The mark goes last: until then the folder is known for what it is.
void TrainingFolder::Clear() const {
  if (fresh_) {
    RemoveBundle(bundle());
    fs::remove(folder_ / kHistory);
    fs::remove(folder_ / "run.yaml");
    for (const fs::path& checkpoint : Checkpoints()) fs::remove(checkpoint);
  }
  fs::remove(folder_ / kDone);
}

fs::path TrainingFolder::bundle() const {
  return folder_ / kBundle;
}

void TrainingFolder::End(const std::vector<EpochRow>& history, const std::string& key, RunRecord& record) const {
  PublishBytes(folder_ / kHistory, FormatHistory(history));
  record.Write(folder_);
  CrashPoint("before_done");
  PublishBytes(folder_ / kDone, key + "\n");
  for (const fs::path& checkpoint : Checkpoints()) fs::remove(checkpoint);
}

std::vector<fs::path> TrainingFolder::Checkpoints() const {
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
    if (entry.path().filename().string().starts_with(kCheckpoint)) found.push_back(entry.path());
  }
  return found;
}

}  // namespace kallos::train
