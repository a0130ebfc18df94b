#include "ga/evolution/search.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <mutex>
#include <numeric>
#include <set>

#include "ga/evolution/checkpoint.h"
#include "ga/evolution/successive_halving.h"
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
      if (std::string why = WhyEnded(search_.settings, population_.generation, history_, timing_,
                                     evaluations_.Cost());
          !why.empty()) {
        LogInfo("ended: {}", why);
        return {std::move(population_), std::move(history_), std::move(timing_),
                evaluations_.Cost(), std::move(why)};
      }
      const auto start = Clock::now();
      evolution_.Breed(population_);
      breeding_ = SecondsSince(start);
      bred = true;
    }
  }

 private:
  // An individual to be trained, and its place: island * population + row.
  struct Candidate {
    const Individual* individual;
    int64_t position = 0;
  };

  // From the checkpoint, where there is one. Returns whether the population is to be evaluated.
  bool Begin() {
    std::optional<Checkpoint> checkpoint = ReadCheckpoint(search_.folder / kCheckpoint);
    const int64_t done = checkpoint ? checkpoint->population.generation : -1;
    history_ = ReadHistory(search_.folder / kHistory);
    KeepUntil(done, history_);
    timing_ = ReadTiming(search_.folder / kTiming);
    KeepUntil(done + 1, timing_);
    if (!timing_.empty() && timing_.back().generation == done + 1) {
      before_break_ = timing_.back();
      timing_.pop_back();
    }
    if (!checkpoint) {
      population_ = evolution_.Start();
      return true;
    }
    if (checkpoint->key != search_.key) {
      throw InputError(
          "{}: the checkpoint of a search with other features or settings; --fresh starts over, or "
          "give another --out",
          PathText(search_.folder / kCheckpoint));
    }
    population_ = std::move(checkpoint->population);
    RequireHistory();
    LogInfo("going on after generation {}, with {} trainings", population_.generation,
            evaluations_.all().size());
    return false;
  }

  void RequireHistory() const {
    bool whole = std::ssize(history_) > population_.generation;
    for (int64_t g = 0; whole && g <= population_.generation; ++g)
      whole = history_[g].generation == g;
    if (whole) return;
    throw InputError(
        "{}: {} holds generation {}, and not every one before is here; --fresh starts over",
        PathText(search_.folder / kHistory), kCheckpoint, population_.generation);
  }

  void Evaluate() {
    const auto start = Clock::now();
    RungCheck check;
    try {
      check = TrainUnknown();
    } catch (...) {
      AddTiming(SecondsSince(start), 0);
      throw;
    }
    const double evaluating = SecondsSince(start);
    const auto then = Clock::now();
    evolution_.Rank(population_);
    history_.push_back(Describe(population_, search_.space, evolution_, history_));
    HistoryRow& row = history_.back();
    row.rung_check = check;
    for (const auto& [training, e] : evaluations_.all()) {  // also what was finished before a break
      if (e.generation == population_.generation)
        ++(training.divisor == 1 ? row.trained : row.rung_trainings);
    }
    Announce(row);
    evaluations_.Save();
    WriteHistory(search_.folder / kHistory, history_);
    AddTiming(evaluating, SecondsSince(then));
    CrashPoint("before_ga_checkpoint");
    WriteCheckpoint(search_.folder / kCheckpoint, population_, search_.space, search_.key);
  }

  // Of this generation, and what of it went by before a break.
  void AddTiming(double evaluating, double breeding) {
    timing_.push_back({population_.generation, before_break_.evaluating + evaluating,
                       before_break_.breeding + breeding_ + breeding});
    before_break_ = {};
    WriteTiming(search_.folder / kTiming, timing_);
  }

  void Announce(const HistoryRow& row) const {
    LogInfo(
        "generation {}: best {:.4f}, mean {:.4f} +- {:.4f}, {} trained{}, overlap {:.1f} % (chance "
        "{:.1f} %)",
        row.generation, row.best, row.mean, row.sd, row.trained,
        row.rung_trainings > 0
            ? fmt::format(" in full (mean and sd are theirs), {} first looks", row.rung_trainings)
            : "",
        100 * row.overlap, 100.0 * search_.space.selected / search_.space.columns);
    if (!std::isnan(row.rung_check.loss)) LogInfo("first looks: {}", TextOf(row.rung_check));
  }

  // Every individual whose fitness is not final gets that of its largest budget. After each
  // rung the best of each island are promoted; in a generation that checks the rungs all are
  // trained on each.
  RungCheck TrainUnknown() {
    const std::vector<Candidate> all = Candidates();
    const bool checked = IsChecked(search_.settings, population_.generation);
    const std::vector<int64_t> rungs = Rungs(search_.settings);
    std::vector<size_t> survivors(all.size());  // of `all`
    std::iota(survivors.begin(), survivors.end(), size_t{0});
    for (const int64_t divisor : rungs) {
      Train(checked ? all : Take(all, survivors), divisor);
      if (divisor > 1) survivors = PromotedOf(all, survivors, divisor);
    }
    const RungCheck check = checked && !all.empty() ? CheckRungs(FitnessOf(all, rungs.front()),
                                                                 FitnessOf(all, 1), survivors)
                                                    : RungCheck();
    ForEach([&](Individual& individual, int64_t) {
      for (const int64_t divisor : rungs) {
        const Evaluation* known = evaluations_.Find({individual.key, divisor});
        if (known == nullptr || known->generation > population_.generation || individual.is_final())
          continue;
        individual.fitness = known->fitness;
        individual.divisor = divisor;
      }
    });
    return check;
  }

  // Island by island, those of `survivors` that are promoted to the next rung.
  std::vector<size_t> PromotedOf(const std::vector<Candidate>& all,
                                 const std::vector<size_t>& survivors, int64_t divisor) const {
    std::map<int64_t, std::vector<size_t>> islands;
    for (const size_t i : survivors)
      islands[all[i].position / search_.settings.population].push_back(i);
    std::vector<size_t> next;
    for (const auto& [island, own] : islands) {
      const std::vector<size_t> best =
          Take(own, Promoted(FitnessOf(Take(all, own), divisor), search_.settings.look_factor));
      next.insert(next.end(), best.begin(), best.end());
    }
    return next;
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
    // A rung breaks ties by order, which must not favour the places of mutants or children: that of
    // the keys is random.
    if (search_.settings.first_looks > 0) {
      std::ranges::sort(candidates, {},
                        [](const Candidate& candidate) { return candidate.individual->key; });
    }
    return candidates;
  }

  template <typename T>
  static std::vector<T> Take(const std::vector<T>& from, const std::vector<size_t>& indices) {
    std::vector<T> taken;
    for (const size_t i : indices) taken.push_back(from[i]);
    return taken;
  }

  std::vector<double> FitnessOf(const std::vector<Candidate>& candidates, int64_t divisor) const {
    std::vector<double> fitness;
    for (const Candidate& c : candidates)
      fitness.push_back(evaluations_.Find({c.individual->key, divisor})->fitness);
    return fitness;
  }

  // Those of the candidates that are not known after this training. What is known from a later
  // generation, of a run whose checkpoint was removed, counts as trained now.
  void Train(std::vector<Candidate> candidates, int64_t divisor) {
    std::erase_if(candidates, [&](const Candidate& candidate) {
      const Training training{candidate.individual->key, divisor};
      const Evaluation* known = evaluations_.Find(training);
      if (known != nullptr && known->generation > population_.generation)
        evaluations_.Add(training, {population_.generation, candidate.position, known->fitness});
      return known != nullptr;
    });
    if (candidates.empty()) return;
    std::vector<Genome> genomes;
    for (const Candidate& candidate : candidates) genomes.push_back(candidate.individual->genome);
    Progress progress(ProgressTitle(divisor), "individuals", genomes.size());
    std::mutex mutex;
    size_t done = 0;
    try {
      fitness_(genomes, divisor, [&](size_t i, double fitness) {
        const std::scoped_lock lock(mutex);
        if (std::isnan(fitness)) {
          throw InputError(
              "generation {}, individual {}: the fitness is NaN; the training diverges, lower --lr",
              population_.generation, candidates[i].position);
        }
        evaluations_.Add({candidates[i].individual->key, divisor},
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

  std::string ProgressTitle(int64_t divisor) const {
    const std::string title = fmt::format("generation {}", population_.generation);
    return divisor == 1 ? title : fmt::format("{}, 1/{} of the training", title, divisor);
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
  TimingRow before_break_;  // of the generation that is being evaluated
};

}  // namespace

std::string WhyEnded(const Settings& settings, int64_t generation,
                     const std::vector<HistoryRow>& history, const std::vector<TimingRow>& timing,
                     double cost) {
  double seconds = 0;
  for (const TimingRow& row : timing) seconds += row.evaluating + row.breeding;
  if (generation >= settings.generations) return fmt::format("{} generations", generation);
  if (settings.stagnation > 0 && StagnationOf(history) >= settings.stagnation)
    return fmt::format("no better individual in {} generations", settings.stagnation);
  if (settings.evaluations > 0 && cost >= settings.evaluations)
    return fmt::format("budget of {} evaluations", settings.evaluations);
  if (settings.hours > 0 && seconds >= 3600 * settings.hours)
    return fmt::format("{} of time", FormatSeconds(seconds));
  return "";
}

SearchResult Search(const SearchSettings& search, const Fitness& fitness) {
  return Run(search, fitness).ToTheEnd();
}

}  // namespace kallos::ga
