// Successive halving within a generation: all new individuals are trained on a small budget, the
// best of them on a larger one, and only the best of those in full. Jamieson and Talwalkar, AISTATS
// 2016, figure 1. The flags call a rung below the whole training a "first look".
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "ga/evolution/settings.h"

namespace kallos::ga {

// The budgets of the rungs in order, each as its divisor: at 9, 3, 1 the first rung trains for a
// ninth of the whole budget. The last is always 1, the whole training.
std::vector<int64_t> Rungs(const Settings& settings);

// What the trainings of a generation cost at most, in whole ones: one on 1 / divisor of the budget
// counts 1 / divisor.
double MostCost(const Settings& settings, int64_t generation);

// Which of an island's individuals with these fitnesses are promoted to the next rung: the best
// 1 / factor, rounded up; of equals the first. Ascending.
std::vector<size_t> Promoted(std::span<const double> fitness, int64_t factor);

// Whether in this generation all individuals are trained on every rung, so that the rungs
// can be checked.
bool IsChecked(const Settings& settings, int64_t generation);

// How well the rungs of one generation foretold the whole training; NaN where that is not known.
struct RungCheck {
  // Spearman's, of the fitness on the first rung and after the whole training.
  double rank_correlation = std::numeric_limits<double>::quiet_NaN();
  // Fitness of the best of all less that of the best survivor.
  double loss = std::numeric_limits<double>::quiet_NaN();
};

// Fitness by individual on the first rung and after the whole training, and who survived all rungs.
RungCheck CheckRungs(std::span<const double> first, std::span<const double> whole,
                     std::span<const size_t> survivors);

}  // namespace kallos::ga
