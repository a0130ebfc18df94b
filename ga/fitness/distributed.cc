#include "ga/fitness/distributed.h"

#include <chrono>
#include <thread>

#include "lib/core/error.h"
#include "lib/core/stop.h"

namespace kallos::ga {
namespace {

constexpr std::chrono::milliseconds kPause(2);  // between two polls for results
constexpr size_t kPrefix = 2;                   // numbers before the genomes

// The individuals of one rank, and their numbers.
struct Share {
  std::vector<Genome> genomes;
  std::vector<size_t> numbers;
};

Share ShareOf(const Ranks& ranks, std::span<const Genome> genomes) {
  Share share;
  for (size_t i = ranks.rank(); i < genomes.size(); i += ranks.size()) {
    share.genomes.push_back(genomes[i]);
    share.numbers.push_back(i);
  }
  return share;
}

// Number of genomes, divisor of the budget, then the genomes one after the other. An empty message
// ends Serve.
std::vector<int32_t> Pack(std::span<const Genome> genomes, int64_t divisor) {
  std::vector<int32_t> numbers = {static_cast<int32_t>(genomes.size()),
                                  static_cast<int32_t>(divisor)};
  for (const Genome& genome : genomes) numbers.insert(numbers.end(), genome.begin(), genome.end());
  return numbers;
}

std::vector<Genome> Unpack(std::span<const int32_t> numbers) {
  const size_t count = numbers[0];
  const size_t length = (numbers.size() - kPrefix) / count;
  std::vector<Genome> genomes;
  for (size_t i = 0; i < count; ++i) {
    const auto genome = numbers.subspan(kPrefix + i * length, length);
    genomes.emplace_back(genome.begin(), genome.end());
  }
  return genomes;
}

}  // namespace

Fitness Distributed(const Ranks& ranks, Fitness fitness) {
  if (ranks.size() == 1) return fitness;
  return [&ranks, fitness = std::move(fitness)](std::span<const Genome> genomes, int64_t divisor,
                                                const Done& done) {
    std::vector<int32_t> numbers = Pack(genomes, divisor);
    ranks.Broadcast(numbers);
    const Share own = ShareOf(ranks, genomes);
    size_t arrived = 0;
    const auto take = [&](int64_t i, double value) { done(i, value); };
    if (!own.genomes.empty())
      fitness(own.genomes, divisor, [&](size_t i, double value) { done(own.numbers[i], value); });
    while (arrived + own.genomes.size() < genomes.size()) {
      ThrowIfStopRequested();
      const int64_t taken = ranks.TakeResults(take);
      arrived += taken;
      if (taken == 0) std::this_thread::sleep_for(kPause);
    }
  };
}

void Serve(const Ranks& ranks, const Fitness& fitness) {
  while (true) {
    std::vector<int32_t> numbers;
    ranks.Broadcast(numbers);
    if (numbers.empty()) return;
    const std::vector<Genome> genomes = Unpack(numbers);
    const Share own = ShareOf(ranks, genomes);
    if (own.genomes.empty()) continue;
    fitness(own.genomes, numbers[1],
            [&](size_t i, double value) { ranks.SendResult(own.numbers[i], value); });
  }
}

void EndServing(const Ranks& ranks) {
  std::vector<int32_t> nothing;
  ranks.Broadcast(nothing);
}

}  // namespace kallos::ga
