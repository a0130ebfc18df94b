#include "train/network/schedule_of_photographs.h"

#include <algorithm>

#include "lib/core/rng.h"
#include "train/balance.h"

namespace kallos::train {
namespace {

std::vector<size_t> Pool(const PoolConfig& config, const std::vector<size_t>& rows,
                         const std::vector<bool>& is_good, uint64_t seed) {
  std::vector<size_t> pool;
  for (const size_t row : rows) pool.insert(pool.end(), is_good[row] ? config.repeat_good : 1, row);
  if (config.pool == 0 && config.load == 0) return pool;
  Stream(seed, "distill/pool").Shuffle(pool);
  if (config.pool > 0) pool.resize(std::min(pool.size(), static_cast<size_t>(config.pool)));
  return pool;
}

std::vector<size_t> Shuffled(std::vector<size_t> rows, uint64_t seed, int64_t epoch) {
  Stream(seed, "distill/order", static_cast<uint64_t>(epoch)).Shuffle(rows);
  return rows;
}

}  // namespace

TrainingSchedule ScheduleOf(const NetworkConfig& network, const PoolConfig& config,
                            const std::vector<size_t>& rows, const std::vector<bool>& is_good,
                            uint64_t seed, const std::string& key, EpochOrder order) {
  const std::vector<size_t> pool = Pool(config, rows, is_good, seed);
  std::vector<std::vector<size_t>> loads = {pool};
  if (config.load > 0) loads = Batches(pool, config.load);
  if (!order)
    order = [seed](int64_t epoch, const std::vector<size_t>& load) {
      return Shuffled(load, seed, epoch);
    };
  TrainingSchedule schedule;
  schedule.fits = static_cast<int64_t>(loads.size());
  schedule.new_optimizer = config.new_optimizer;
  schedule.key = key;
  schedule.seed = seed;
  schedule.plan = [loads, order, epochs = network.epochs, batch = network.batch](int64_t epoch) {
    return Batches(order(epoch, loads[epoch / epochs]), batch);
  };
  return schedule;
}

}  // namespace kallos::train
