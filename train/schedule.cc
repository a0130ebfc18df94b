#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace kallos::train {
namespace {

constexpr double kFall = 0.76125;
constexpr double kLowest = 0.0005;

double CosineFactor(double epoch, double epochs) {
  return (1 + std::cos(std::numbers::pi * epoch / epochs)) / 2;
}

double Next(Schedule schedule, double lr, double decay, int64_t epoch, int64_t epochs) {
  const auto e = static_cast<double>(epoch);
  switch (schedule) {
    case Schedule::kExpCompound:
      return lr * std::exp(-decay * e);
    case Schedule::kExp:
      return epoch == 0 ? lr : lr * std::exp(-decay);
    case Schedule::kConstant:
      return lr;
    case Schedule::kCosine: {
      const auto n = static_cast<double>(epochs);
      return epoch == 0 ? lr : lr * CosineFactor(e, n) / CosineFactor(e - 1, n);
    }
    case Schedule::kFloor:
      return lr * 0.725 <= kLowest ? kLowest : lr * kFall;
    case Schedule::kWarmRestart:
      return (epoch + 1) % 11 == 0 ? std::min(lr * 0.17 * (e + 1), 0.05)
                                   : std::max(lr * kFall, kLowest);
    case Schedule::kStep:
      return epoch % 5 == 0 ? lr * 0.1 : lr;
  }
  throw BugError("schedule");
}

}  // namespace

bool UsesDecay(Schedule schedule) {
  return schedule == Schedule::kExpCompound || schedule == Schedule::kExp;
}

std::vector<double> LearningRates(Schedule schedule, double lr, double decay, int64_t epochs) {
  std::vector<double> rates;
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    lr = Next(schedule, lr, decay, epoch, epochs);
    rates.push_back(lr);
  }
  return rates;
}

}  // namespace kallos::train
