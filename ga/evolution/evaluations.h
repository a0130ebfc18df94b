// Every fitness that was ever computed in a run: nothing is trained twice, and finished evaluations
// survive a kill.
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

// An individual, trained on 1 / divisor of the whole budget; 1 = the whole training.
struct Training {
  std::string key;
  int64_t divisor = 1;

  auto operator<=>(const Training&) const = default;
};

// FOLDER/evaluations.csv, in the order of generation, the shortest trainings first, and position.
class Evaluations {
 public:
  // Reads the file, where there is one. Throws InputError naming file and line when it is damaged.
  explicit Evaluations(const std::filesystem::path& file);

  const Evaluation* Find(const Training& training) const;
  const std::map<Training, Evaluation>& all() const { return all_; }
  // What all trainings cost, in whole ones: those on a third of the budget count a third.
  double Cost() const;
  double CostOf(int64_t generation) const;
  // Publishes the file when the last time is long enough ago; Save does so in any case.
  void Add(const Training& training, const Evaluation& evaluation);
  void Save();

 private:
  template <typename Counts>
  double CostWhere(const Counts& counts) const;

  std::filesystem::path file_;
  std::map<Training, Evaluation> all_;
  std::chrono::steady_clock::time_point saved_;
};

}  // namespace kallos::ga
