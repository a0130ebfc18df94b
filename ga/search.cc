#include "ga/search.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>
#include <set>

#include "ga/checkpoint.h"
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
      if (std::string why = WhyEnded(search_.settings, population_.generation, history_, timing_, evaluations_.size());
          !why.empty()) {
        LogInfo("ended: {}", why);
        return {std::move(population_), std::move(history_), std::move(timing_), evaluations_.size(), std::move(why)};
      }
      const auto start = Clock::now();
      evolution_.Breed(population_);
      breeding_ = SecondsSince(start);
      bred = true;
    }
  }

 private:
  struct Wanted {
    std::string key;
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
    LogInfo("going on after generation {}, with {} evaluations", population_.generation, evaluations_.size());
    return false;
  }

  void Evaluate() {
    const auto start = Clock::now();
    const int64_t known = evaluations_.size();
    TrainUnknown();
    const double evaluating = SecondsSince(start);
    const auto then = Clock::now();
    evolution_.Rank(population_);
    int64_t trained = 0;  // also those of this generation that were finished before a break
    for (const auto& [key, e] : evaluations_.by_key()) trained += e.generation == population_.generation ? 1 : 0;
    history_.push_back(ga::Describe(population_, search_.space, evolution_, trained, history_));
    const HistoryRow& row = history_.back();
    LogInfo("generation {}: best {:.4f}, mean {:.4f} +- {:.4f}, {} trained, overlap {:.1f} % (chance {:.1f} %)",
            row.generation, row.best, row.mean, row.sd, evaluations_.size() - known, 100 * row.overlap,
            100.0 * static_cast<double>(search_.space.selected) / static_cast<double>(search_.space.columns));
    evaluations_.Save();
    WriteHistory(search_.folder / kHistory, history_);
    timing_.push_back({row.generation, evaluating, breeding_ + SecondsSince(then)});
    WriteTiming(search_.folder / kTiming, timing_);
    CrashPoint("before_ga_checkpoint");
    WriteCheckpoint(search_.folder / kCheckpoint, population_, search_.space, search_.key);
  }

  // Every individual without a fitness gets it, from the evaluations or by training; of equal ones one is trained.
  void TrainUnknown() {
    std::vector<Genome> genomes;
    std::vector<Wanted> wanted;
    std::set<std::string> keys;
    ForEach([&](Individual& individual, int64_t position) {
      if (individual.is_known() || evaluations_.Find(individual.key) != nullptr) return;
      if (!keys.insert(individual.key).second) return;
      wanted.push_back({individual.key, position});
      genomes.push_back(individual.genome);
    });
    if (!genomes.empty()) Train(genomes, wanted);
    ForEach([&](Individual& individual, int64_t) {
      if (!individual.is_known()) individual.fitness = evaluations_.Find(individual.key)->fitness;
    });
  }

  void Train(const std::vector<Genome>& genomes, const std::vector<Wanted>& wanted) {
    Progress progress(fmt::format("generation {}", population_.generation), "individuals",
                      static_cast<int64_t>(genomes.size()));
    std::mutex mutex;
    size_t done = 0;
    try {
      fitness_(genomes, [&](size_t i, double fitness) {
        const std::scoped_lock lock(mutex);
        if (std::isnan(fitness)) {
          throw InputError("generation {}, individual {}: the fitness is NaN; the training diverges, lower --lr",
                           population_.generation, wanted[i].position);
        }
        evaluations_.Add(wanted[i].key, {population_.generation, wanted[i].position, fitness});
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
                     const std::vector<TimingRow>& timing, int64_t evaluations) {
  double seconds = 0;
  for (const TimingRow& row : timing) seconds += row.evaluating + row.breeding;
  if (generation >= settings.generations) return fmt::format("{} generations", generation);
  if (settings.stagnation > 0 && StagnationOf(history) >= settings.stagnation)
    return fmt::format("no better individual in {} generations", settings.stagnation);
  if (settings.evaluations > 0 && evaluations >= settings.evaluations)
    return fmt::format("{} evaluations", evaluations);
  if (settings.hours > 0 && seconds >= 3600 * settings.hours) return fmt::format("{} of time", FormatSeconds(seconds));
  return "";
}

SearchResult Search(const SearchSettings& search, const Fitness& fitness) {
  return Run(search, fitness).ToTheEnd();
}

}  // namespace kallos::ga
