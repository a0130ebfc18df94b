#include "train/checkpoint.h"

#include <regex>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/text.h"
#include "lib/weights/safetensors.h"

namespace kallos::train {
namespace {

constexpr size_t kMostBytes = size_t{16} << 30;
constexpr const char* kFormatVersion = "2";  // 1 had no such note, and its counters were floats
// Notes of our own.
constexpr const char* kFormat = "format_version";
constexpr const char* kKey = "key";
constexpr const char* kHash = "sha256";

// Of all that it holds, whatever the order of the tensors.
std::string HashOf(const TrainingState& state) {
  std::map<std::string, const weights::Tensor*> by_name;
  for (const weights::Tensor& tensor : state.tensors) by_name[tensor.name] = &tensor;
  Sha256 hash;
  for (const auto& [name, tensor] : by_name) {
    hash.Update(fmt::format("{}:{}[{}]", name, weights::DtypeName(tensor->dtype),
                            fmt::join(tensor->shape, ",")));
    hash.Update(tensor->values.data(), sizeof(float) * tensor->values.size());
    hash.Update(tensor->integers.data(), sizeof(int64_t) * tensor->integers.size());
  }
  for (const auto& [name, text] : state.notes) {
    if (name != kHash) hash.Update(fmt::format("{}={}\n", name, text));
  }
  return hash.Hex();
}

TrainingState Parse(const fs::path& path) {
  TrainingState state;
  try {
    state.tensors =
        weights::ParseSafetensors(ReadFile(path, kMostBytes), PathText(path), true, &state.notes);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInput)
      throw InputError("{}; use --fresh to start over", error.what());
    throw;
  }
  return state;
}

}  // namespace

std::string CheckpointName(std::optional<uint64_t> seed) {
  return seed ? fmt::format("checkpoint-{}.safetensors", *seed) : "checkpoint.safetensors";
}

std::vector<fs::path> CheckpointsIn(const fs::path& folder) {
  static const std::regex pattern(R"(checkpoint(-\d+)?\.safetensors)");
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && std::regex_match(entry.path().filename().string(), pattern))
      found.push_back(entry.path());
  }
  return found;
}

void WriteCheckpoint(const fs::path& path, const std::string& key, TrainingState state) {
  state.notes[kFormat] = kFormatVersion;
  state.notes[kKey] = key;
  state.notes[kHash] = HashOf(state);
  weights::WriteSafetensors(path, state.tensors, state.notes);
}

std::optional<TrainingState> ReadCheckpoint(const fs::path& path, const std::string& key) {
  if (!fs::exists(path)) return std::nullopt;
  TrainingState state = Parse(path);
  if (state.notes[kFormat] != kFormatVersion) {
    throw InputError("{}: another version of Kallos wrote it; use --fresh to start over",
                     PathText(path));
  }
  if (state.notes[kHash] != HashOf(state)) {
    throw InputError("{}: damaged: it does not hold what was written; use --fresh to start over",
                     PathText(path));
  }
  if (state.notes[kKey] != key) {
    throw InputError(
        "{}: this training was begun with other settings or inputs; use --fresh to start over or "
        "another --out",
        PathText(path));
  }
  return state;
}

}  // namespace kallos::train
