// How the learning rate changes from epoch to epoch.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/config/config.h"

namespace kallos::train {

// Each is a recurrence: the rate of epoch e = 0, 1, ... from that of epoch e - 1, or from --lr for
// e = 0.
//   exp-compound  lr * exp(-k e), so lr0 * exp(-k e (e+1) / 2): the published recipe, k = 0.048
//   exp           lr * exp(-k) from epoch 1 on, so lr0 * exp(-k e)
//   constant      lr
//   cosine        lr0 * (1 + cos(pi e / epochs)) / 2: Loshchilov and Hutter, "SGDR", ICLR 2017,
//                 without restarts
// and three more of the original project, which all change the rate of epoch 0 already or may:
//   floor         lr * 0.76125, but 0.0005 as soon as lr * 0.725 is not above 0.0005
//   warm-restart  lr * 0.76125, at least 0.0005; every 11th epoch (e = 10, 21, ...)
//                 lr * 0.17 (e+1), at most 0.05
//   step          lr * 0.1 in epochs 0, 5, 10, ..., else lr
enum class Schedule { kExpCompound, kExp, kConstant, kCosine, kFloor, kWarmRestart, kStep };
inline NamedValues<Schedule> EnumTable(Schedule) {
  using enum Schedule;
  return {{kExpCompound, "exp-compound"},
          {kExp, "exp"},
          {kConstant, "constant"},
          {kCosine, "cosine"},
          {kFloor, "floor"},
          {kWarmRestart, "warm-restart"},
          {kStep, "step"}};
}

constexpr double kPublishedDecay = 0.048;  // k of the head's training

// Whether the schedule has a k.
bool UsesDecay(Schedule schedule);

// The rates of epochs 0 .. epochs-1. `decay` is k.
std::vector<double> LearningRates(Schedule schedule, double lr, double decay, int64_t epochs);

}  // namespace kallos::train
