// Cheap first looks: all new individuals are trained a little, the best of them more, and only the
// best of those in full. Successive halving (Jamieson and Talwalkar, AISTATS 2016, figure 1) within
// a generation.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "ga/evolution/settings.h"

namespace kallos::ga {

// By what the training of each look is shortened, in order: 9, 3, 1. 1 is the whole training,
// always the last.
std::vector<int64_t> Looks(const Settings& settings);

// What the trainings of a generation cost at most, in whole ones: those of a look count by their
// share.
double MostCost(const Settings& settings, int64_t generation);

// Which of an island's individuals with these fitnesses come to the next look: the best 1 / factor,
// rounded up; of equals the first. Ascending.
std::vector<size_t> Promising(std::span<const double> fitness, int64_t factor);

// Whether in this generation all individuals get every look and the whole training, so that the
// looks can be judged.
bool IsChecked(const Settings& settings, int64_t generation);

// How well the looks of one generation foretold the whole training; NaN where that is not known.
struct LookCheck {
  double rank_correlation =
      std::numeric_limits<double>::quiet_NaN();            // of first look and whole training
  double loss = std::numeric_limits<double>::quiet_NaN();  // fitness of the best of all over the
                                                           // best let through
};

// Fitness by individual after the first look and after the whole training, and who came through all
// looks.
LookCheck CheckLooks(std::span<const double> first, std::span<const double> whole,
                     std::span<const size_t> through);

}  // namespace kallos::ga
