#include "train/training_folder.h"

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/log.h"
#include "lib/core/output_folder.h"
#include "lib/core/text.h"
#include "train/bundle.h"
#include "train/checkpoint.h"

namespace kallos::train {
namespace {

constexpr const char* kDone = "done.txt";  // holds the key of the finished training
constexpr const char* kHistory = "history.csv";
constexpr const char* kBundle = "bundle";

}  // namespace

TrainingFolder::TrainingFolder(fs::path folder, bool fresh)
    : folder_(std::move(folder)), fresh_(fresh), lock_(folder_) {
  const bool begun = fs::exists(folder_ / kDone) || fs::exists(folder_ / kHistory) || HoldsBundle(bundle()) ||
                     !CheckpointsIn(folder_).empty();
  if (!begun) RequireEmptyFolder(folder_, "folder of a training");
}

bool TrainingFolder::Begin(const std::string& key) const {
  RemoveStaleTemporaries(folder_);
  RemoveStaleTemporaries(bundle());
  if (fresh_) return true;
  const bool done = fs::exists(folder_ / kDone);
  if (done && Trim(ReadFile(folder_ / kDone)) != key) {
    throw InputError(
        "{}: holds a finished training with other settings or inputs; use --fresh to replace it or another --out",
        PathText(folder_));
  }
  if (!done || !HoldsBundle(bundle())) {
    for (const fs::path& checkpoint : CheckpointsIn(folder_)) ReadCheckpoint(checkpoint, key);  // throws if it is not
    return true;
  }
  for (const fs::path& checkpoint : CheckpointsIn(folder_)) fs::remove(checkpoint);
  LogInfo("{}: already trained with these settings and inputs; nothing to do (--fresh trains again)",
          PathText(folder_));
  return false;
}

// The bundle goes first: without it nobody takes what is left for a finished training. The mark goes last: until then
// the folder is known for what it is.
void TrainingFolder::Clear() const {
  if (fresh_) {
    RemoveBundle(bundle());
    fs::remove(folder_ / kHistory);
    fs::remove(folder_ / "run.yaml");
    for (const fs::path& checkpoint : CheckpointsIn(folder_)) fs::remove(checkpoint);
  }
  fs::remove(folder_ / kDone);
}

fs::path TrainingFolder::bundle() const {
  return folder_ / kBundle;
}

void TrainingFolder::Report(const std::vector<EpochRow>& history, RunRecord& record) const {
  PublishBytes(folder_ / kHistory, FormatHistory(history));
  record.Write(folder_);
}

void TrainingFolder::End(const std::string& key) const {
  CrashPoint("before_done");
  PublishBytes(folder_ / kDone, key + "\n");
  for (const fs::path& checkpoint : CheckpointsIn(folder_)) fs::remove(checkpoint);
}

}  // namespace kallos::train
