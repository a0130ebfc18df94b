#include "ga/search.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>
#include <numeric>
#include <set>

#include "ga/checkpoint.h"
#include "ga/first_looks.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/log.h"
#include "lib/core/progress.h"
#include "lib/core/stop.h"
#include "lib/core/text.h"

namespace kallos::ga {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <typename Row>
void KeepUntil(int64_t generation, std::vector<Row>& rows) {
  std::erase_if(rows, [&](const Row& row) { return row.generation > generation; });
}

class Run {
 public:
  Run(const SearchSettings& search, const Fitness& fitness)
      : search_(search),
        fitness_(fitness),
        evolution_(search.settings, search.space, search.seed),
        evaluations_(search.folder / kEvaluations) {}

  SearchResult ToTheEnd() {
    bool bred = Begin();
    while (true) {
      if (bred) Evaluate();
      if (std::string why = WhyEnded(search_.settings, population_.generation, history_, timing_, evaluations_.Cost());
          !why.empty()) {
        LogInfo("ended: {}", why);
        return {std::move(population_), std::move(history_), std::move(timing_), evaluations_.Cost(), std::move(why)};
      }
      const auto start = Clock::now();
      evolution_.Breed(population_);
      breeding_ = SecondsSince(start);
      bred = true;
    }
  }

 private:
  // An individual whose fitness is wanted, and its place: island * population + row.
  struct Candidate {
    const Individual* individual;
    int64_t position = 0;
  };

  // From the checkpoint, where there is one. Returns whether the population is to be evaluated.
  bool Begin() {
    std::optional<Checkpoint> checkpoint = ReadCheckpoint(search_.folder / kCheckpoint);
    if (!checkpoint) {
      population_ = evolution_.Start();
      return true;
    }
    if (checkpoint->key != search_.key) {
      throw InputError(
          "{}: the checkpoint of a search with other features or settings; --fresh starts over, or give another --out",
          PathText(search_.folder / kCheckpoint));
    }
    population_ = std::move(checkpoint->population);
    history_ = ReadHistory(search_.folder / kHistory);
    timing_ = ReadTiming(search_.folder / kTiming);
    KeepUntil(population_.generation, history_);
    KeepUntil(population_.generation, timing_);
    LogInfo("going on after generation {}, with {} evaluations", population_.generation, evaluations_.all().size());
    return false;
  }

  void Evaluate() {
    const auto start = Clock::now();
    const LookCheck check = TrainUnknown();
    const double evaluating = SecondsSince(start);
    const auto then = Clock::now();
    evolution_.Rank(population_);
    history_.push_back(ga::Describe(population_, search_.space, evolution_, history_));
    HistoryRow& row = history_.back();
    row.look_check = check;
    for (const auto& [training, e] : evaluations_.all()) {  // also what was finished before a break
      if (e.generation == population_.generation) ++(training.shortened == 1 ? row.trained : row.looked);
    }
    Announce(row);
    evaluations_.Save();
    WriteHistory(search_.folder / kHistory, history_);
    timing_.push_back({row.generation, evaluating, breeding_ + SecondsSince(then)});
    WriteTiming(search_.folder / kTiming, timing_);
    CrashPoint("before_ga_checkpoint");
    WriteCheckpoint(search_.folder / kCheckpoint, population_, search_.space, search_.key);
  }

  void Announce(const HistoryRow& row) const {
    LogInfo("generation {}: best {:.4f}, mean {:.4f} +- {:.4f}, {} trained, overlap {:.1f} % (chance {:.1f} %)",
            row.generation, row.best, row.mean, row.sd, row.trained, 100 * row.overlap,
            100.0 * static_cast<double>(search_.space.selected) / static_cast<double>(search_.space.columns));
    if (!std::isnan(row.look_check.recall)) {
      LogInfo("first looks: rank correlation {:.2f} with the whole training, {:.0f} % of the best came through",
              row.look_check.rank_correlation, 100 * row.look_check.recall);
    }
  }

  // Every individual whose fitness is not final gets the best known one: after each look the promising are trained
  // longer, where the looks are checked all.
  LookCheck TrainUnknown() {
    const std::vector<Candidate> all = Candidates();
    const bool checked = IsChecked(search_.settings, population_.generation);
    const std::vector<int64_t> looks = Looks(search_.settings);
    std::vector<size_t> through(all.size());  // of `all`
    std::iota(through.begin(), through.end(), size_t{0});
    for (const int64_t shortened : looks) {
      std::vector<Candidate> to_train = all;
      if (!checked) to_train = Take(all, through);
      Train(to_train, shortened);
      if (shortened == 1) break;
      through = Take(through, Promising(FitnessOf(Take(all, through), shortened), search_.settings.look_factor));
    }
    const LookCheck check =
        checked ? CheckLooks(FitnessOf(all, looks.front()), FitnessOf(all, 1), through) : LookCheck();
    ForEach([&](Individual& individual, int64_t) {
      for (const int64_t shortened : looks) {
        const Evaluation* known = evaluations_.Find({individual.key, shortened});
        if (known != nullptr && !individual.is_final()) {
          individual.fitness = known->fitness;
          individual.shortened = shortened;
        }
      }
    });
    return check;
  }

  // Individuals that no earlier generation trained in full; one of equal ones.
  std::vector<Candidate> Candidates() {
    std::vector<Candidate> candidates;
    std::set<std::string> keys;
    ForEach([&](Individual& individual, int64_t position) {
      const Evaluation* known = evaluations_.Find({individual.key, 1});
      const bool is_old = known != nullptr && known->generation < population_.generation;
      if (individual.is_final() || is_old || !keys.insert(individual.key).second) return;
      candidates.push_back({&individual, position});
    });
    return candidates;
  }

  template <typename T>
  static std::vector<T> Take(const std::vector<T>& from, const std::vector<size_t>& indices) {
    std::vector<T> taken;
    for (const size_t i : indices) taken.push_back(from[i]);
    return taken;
  }

  std::vector<double> FitnessOf(const std::vector<Candidate>& candidates, int64_t shortened) const {
    std::vector<double> fitness;
    for (const Candidate& c : candidates) fitness.push_back(evaluations_.Find({c.individual->key, shortened})->fitness);
    return fitness;
  }

  // Those of the candidates that are not known after this training.
  void Train(std::vector<Candidate> candidates, int64_t shortened) {
    std::erase_if(candidates, [&](const Candidate& candidate) {
      return evaluations_.Find({candidate.individual->key, shortened}) != nullptr;
    });
    if (candidates.empty()) return;
    std::vector<Genome> genomes;
    for (const Candidate& candidate : candidates) genomes.push_back(candidate.individual->genome);
    Progress progress(ProgressTitle(shortened), "individuals", static_cast<int64_t>(genomes.size()));
    std::mutex mutex;
    size_t done = 0;
    try {
      fitness_(genomes, shortened, [&](size_t i, double fitness) {
        const std::scoped_lock lock(mutex);
        if (std::isnan(fitness)) {
          throw InputError("generation {}, individual {}: the fitness is NaN; the training diverges, lower --lr",
                           population_.generation, candidates[i].position);
        }
        evaluations_.Add({candidates[i].individual->key, shortened},
                         {population_.generation, candidates[i].position, fitness});
        ++done;
        progress.Add(1, fmt::format("last {:.4f}", fitness));
      });
    } catch (...) {
      evaluations_.Save();
      throw;
    }
    KALLOS_CHECK(done == genomes.size(), "{} of {} evaluated", done, genomes.size());
    ThrowIfStopRequested();
  }

  std::string ProgressTitle(int64_t shortened) const {
    const std::string title = fmt::format("generation {}", population_.generation);
    return shortened == 1 ? title : fmt::format("{}, 1/{} of the training", title, shortened);
  }

  void ForEach(const std::function<void(Individual&, int64_t position)>& body) {
    int64_t position = 0;
    for (Island& island : population_.islands) {
      for (Individual& individual : island.members) body(individual, position++);
    }
  }

  const SearchSettings& search_;
  const Fitness& fitness_;
  Evolution evolution_;
  Evaluations evaluations_;
  Population population_;
  std::vector<HistoryRow> history_;
  std::vector<TimingRow> timing_;
  double breeding_ = 0;
};

}  // namespace

std::string WhyEnded(const Settings& settings, int64_t generation, const std::vector<HistoryRow>& history,
                     const std::vector<TimingRow>& timing, double cost) {
  double seconds = 0;
  for (const TimingRow& row : timing) seconds += row.evaluating + row.breeding;
  if (generation >= settings.generations) return fmt::format("{} generations", generation);
  if (settings.stagnation > 0 && StagnationOf(history) >= settings.stagnation)
    return fmt::format("no better individual in {} generations", settings.stagnation);
  if (settings.evaluations > 0 && cost >= static_cast<double>(settings.evaluations))
    return fmt::format("{:.0f} evaluations", cost);
  if (settings.hours > 0 && seconds >= 3600 * settings.hours) return fmt::format("{} of time", FormatSeconds(seconds));
  return "";
}

SearchResult Search(const SearchSettings& search, const Fitness& fitness) {
  return Run(search, fitness).ToTheEnd();
}

}  // namespace kallos::ga
