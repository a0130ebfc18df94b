// The folder of a training: what is in it, and when it is done.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lib/core/lock.h"
#include "lib/run/run_record.h"
#include "train/training.h"

namespace kallos::train {

// begun.txt while the training is not done, then done.txt, show whose folder it is: both hold the
// training's key.
class TrainingFolder {
 public:
  // Holds the folder's lock. Throws InputError for a folder of other things.
  TrainingFolder(std::filesystem::path folder, bool fresh);

  // Whether there is anything to do; removes what killed runs left. `key` names the training:
  // settings, inputs and seed, as a SHA-256. Throws InputError when the folder holds a training
  // with another key, unless it begins anew.
  bool Begin(const std::string& key);

  // Once all that can be wrong with the inputs is known: the training is begun, and what an earlier
  // one made is gone.
  void Clear() const;

  const std::filesystem::path& path() const { return folder_; }
  std::filesystem::path bundle() const;

  // history.csv and run.yaml.
  void Report(const std::vector<EpochRow>& history, RunRecord& record) const;
  // The training is done; bundle and report are there.
  void End() const;

 private:
  std::filesystem::path folder_;
  bool fresh_;
  FolderLock lock_;
  std::string key_;
};

}  // namespace kallos::train
