#include "train/training_folder.h"

#include <regex>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/log.h"
#include "lib/core/output_folder.h"
#include "lib/core/text.h"
#include "lib/model/bundle.h"
#include "train/checkpoint.h"

namespace kallos::train {
namespace {

constexpr const char* kBegun = "begun.txt";
constexpr const char* kDone = "done.txt";
constexpr const char* kHistory = "history.csv";
constexpr const char* kBundle = "bundle";
constexpr size_t kMostBytes = 1000;  // of a mark

// The key in a mark; "" where the file is none of ours, or not there.
std::string KeyIn(const fs::path& mark) {
  static const std::regex pattern("[0-9a-f]{64}");
  if (!fs::is_regular_file(mark) || fs::file_size(mark) > kMostBytes) return "";
  const std::string key(Trim(ReadFile(mark)));
  return std::regex_match(key, pattern) ? key : "";
}

}  // namespace

TrainingFolder::TrainingFolder(fs::path folder, bool fresh)
    : folder_(std::move(folder)), fresh_(fresh), lock_(folder_) {
  if (KeyIn(folder_ / kBegun).empty() && KeyIn(folder_ / kDone).empty())
    RequireEmptyFolder(folder_, "folder of a training");
}

bool TrainingFolder::Begin(const std::string& key) {
  key_ = key;
  RemoveStaleTemporaries(folder_);
  RemoveStaleTemporaries(bundle());
  if (fresh_) return true;
  const std::string begun = KeyIn(folder_ / kBegun), done = KeyIn(folder_ / kDone);
  if (const std::string& found = begun.empty() ? done : begun; !found.empty() && found != key) {
    throw InputError(
        "{}: holds a training with other settings or inputs; use --fresh to start over or another "
        "--out",
        PathText(folder_));
  }
  if (done != key || !model::HoldsBundle(bundle())) return true;
  End();
  LogInfo(
      "{}: already trained with these settings and inputs; nothing to do (--fresh trains again)",
      PathText(folder_));
  return false;
}

// The bundle goes before the rest, and in it the index: nobody takes what is left for a finished
// training.
void TrainingFolder::Clear() const {
  PublishBytes(folder_ / kBegun, key_ + "\n");
  if (fresh_) {
    model::RemoveBundle(bundle());
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

void TrainingFolder::End() const {
  CrashPoint("before_done");
  PublishBytes(folder_ / kDone, key_ + "\n");
  for (const fs::path& checkpoint : CheckpointsIn(folder_)) fs::remove(checkpoint);
  fs::remove(folder_ / kBegun);
}

}  // namespace kallos::train
