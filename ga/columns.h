// The training rows, column by column.
#pragma once

#include <functional>
#include <span>

#include "ga/baselines.h"

namespace kallos::ga {

// Calls body(j, values of column j in the order of training.rows) for each column, on all threads.
void ForEachColumn(const TrainingRows& training,
                   const std::function<void(size_t j, std::span<const float> column)>& body);

double MeanOf(std::span<const float> column);
double VarianceOf(std::span<const float> column);  // over n

}  // namespace kallos::ga
