// Every fitness that was ever computed in a run: nothing is trained twice, and finished evaluations survive a kill.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace kallos::ga {

struct Evaluation {
  int64_t generation = 0;
  int64_t position = 0;  // of the individual that it was computed for: island * population + row
  double fitness = 0;
};

// FOLDER/evaluations.csv, in the order of generation and position.
class Evaluations {
 public:
  // Reads the file, where there is one. Throws InputError naming file and line when it is damaged.
  explicit Evaluations(const std::filesystem::path& file);

  const Evaluation* Find(const std::string& key) const;
  int64_t size() const { return static_cast<int64_t>(by_key_.size()); }
  const std::map<std::string, Evaluation>& by_key() const { return by_key_; }
  // Publishes the file when the last time is long enough ago; Save does so in any case.
  void Add(const std::string& key, const Evaluation& evaluation);
  void Save();

 private:
  std::filesystem::path file_;
  std::map<std::string, Evaluation> by_key_;
  std::chrono::steady_clock::time_point saved_;
};

}  // namespace kallos::ga
