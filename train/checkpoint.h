// The state of an unfinished training on disk, with which the same command goes on after a stop or
// a kill.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/weights/tensor_file.h"

namespace kallos::train {

struct TrainingState {
  std::vector<weights::Tensor> tensors;
  // What is no tensor, by name; "format_version", "key" and "sha256" are taken.
  std::map<std::string, std::string> notes;
};

// "checkpoint.safetensors", or "checkpoint-7.safetensors" where a folder has one for each seed.
std::string CheckpointName(std::optional<uint64_t> seed = {});
// The files of such names.
std::vector<std::filesystem::path> CheckpointsIn(const std::filesystem::path& folder);

// Published atomically. `key` names the training: settings, inputs and seed, as a hash.
void WriteCheckpoint(const std::filesystem::path& path, const std::string& key,
                     TrainingState state);

// What was written, to the bit; nothing where there is no such file. Throws InputError where it is
// damaged, of another format version or of a training with another key; what to do about it is
// said.
std::optional<TrainingState> ReadCheckpoint(const std::filesystem::path& path,
                                            const std::string& key);

}  // namespace kallos::train
