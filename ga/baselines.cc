#include "ga/baselines.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "ga/columns.h"
#include "ga/selection.h"
#include "lib/core/error.h"
#include "lib/core/log.h"
#include "lib/model/head.h"

namespace kallos::ga {
namespace {

// score(column, label of each of its rows) of each column.
template <typename Score>
Scores ScoreColumns(const TrainingRows& training, Score score) {
  std::vector<size_t> labels;
  for (const size_t row : training.rows) labels.push_back(training.labels[row]);
  Scores scores(training.features.columns);
  ForEachColumn(training, [&](size_t j, std::span<const float> column) {
    scores[j] = score(column, labels);
  });
  return scores;
}

// F = between / (within / (n - 2)) (Fisher, Statistical Methods for Research Workers, 1925), where
//   between = sum over classes c of n[c] (mean[c] - mean of all)^2
//           = n[0] n[1] / (n[0] + n[1]) (mean[0] - mean[1])^2,
//   within  = sum over rows i of (value(i) - mean[label of i])^2.
// Values are differences to the first row, so that a constant column gives exactly 0.
double AnovaFOf(std::span<const float> column, const std::vector<size_t>& labels) {
  const auto value = [&](size_t i) { return double{column[i]} - double{column[0]}; };
  std::array<double, 2> n{}, mean{};  // bad, good
  for (size_t i = 0; i < column.size(); ++i) {
    n[labels[i]] += 1;
    mean[labels[i]] += value(i);
  }
  for (size_t label = 0; label < n.size(); ++label) mean[label] /= n[label];
  double within = 0;
  for (size_t i = 0; i < column.size(); ++i) within += std::pow(value(i) - mean[labels[i]], 2);
  const double between = n[0] * n[1] / (n[0] + n[1]) * std::pow(mean[0] - mean[1], 2);
  return between == 0 ? 0 : between / (within / (n[0] + n[1] - 2));
}

constexpr size_t kBins = 10;

// I(bin; label) = sum over bins b and classes c of n[b][c] / n log(n[b][c] n / (n[b] n[c])), in
// nats (Shannon, Bell System Technical Journal 1948), with 0 log 0 = 0.
double MutualInformationOf(std::span<const float> column, const std::vector<size_t>& labels) {
  std::vector<std::pair<float, size_t>> sorted;
  for (size_t i = 0; i < column.size(); ++i) sorted.emplace_back(column[i], labels[i]);
  std::ranges::sort(sorted);
  std::array<std::array<double, 2>, kBins> counts{};  // by class: bad, good
  std::array<double, 2> of_class{};
  size_t smaller = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i].first != sorted[smaller].first) smaller = i;
    counts[kBins * smaller / sorted.size()][sorted[i].second] += 1;
    of_class[sorted[i].second] += 1;
  }
  const double n = sorted.size();
  double information = 0;
  for (const auto& bin : counts) {
    for (size_t label = 0; label < bin.size(); ++label) {
      if (bin[label] > 0)
        information +=
            bin[label] / n * std::log(bin[label] * n / ((bin[0] + bin[1]) * of_class[label]));
    }
  }
  return information;
}

Choice BestOfSearch(const SearchSettings& search, const Fitness& fitness) {
  const SearchResult result = Search(search, fitness);
  return {result.population.Best().genome, static_cast<int64_t>(std::ceil(result.cost)),
          SecondsOf(result), ""};
}

Choice BySearch(const Problem& problem) {
  return BestOfSearch(problem.search, problem.fitness);
}

// A search of the random start alone. Its first individuals are those that the search with the same
// seed began with.
Choice AtRandom(const Problem& problem) {
  SearchSettings search = problem.search;
  search.settings = {};
  search.settings.select = problem.search.settings.select;
  search.settings.population = std::max<int64_t>(2, problem.budget);
  search.settings.generations = 0;
  search.key += " random";
  return BestOfSearch(search, problem.fitness);
}

template <Scores (*score)(const TrainingRows&)>
Choice ByScore(const Problem& problem) {
  return {TopColumns(score(problem.training), problem.search.space.selected), 0, 0, ""};
}

// Where fewer than `count` columns enter the path, those with the largest gradient fill up: the
// columns that correlate most with the residual, label - P(good).
Choice ByL1Path(const Problem& problem) {
  const int64_t count = problem.search.space.selected;
  const L1Path path = FollowL1Path(problem.training, count);
  const int64_t entered = std::min<int64_t>(count, path.order.size());
  Scores scores = path.gradient;
  for (int64_t i = 0; i < entered; ++i) scores[path.order[i]] = INFINITY;
  Choice choice{TopColumns(scores, count), 0, 0, ""};
  if (entered == count) return choice;
  choice.note = fmt::format(
      "{} columns entered the path; {} are filled up by their correlation with the residual",
      entered, count - entered);
  LogWarning("l1: {}", choice.note);
  return choice;
}

Choice AllColumns(const Problem& problem) {
  Choice choice;
  choice.genome.resize(problem.search.space.columns);
  std::iota(choice.genome.begin(), choice.genome.end(), 0);
  return choice;
}

}  // namespace

Scores Variances(const TrainingRows& training) {
  Scores variances = ScoreColumns(
      training, [](std::span<const float> column, const auto&) { return VarianceOf(column); });
  for (size_t j = 0; j < training.scales.size(); ++j) {
    const double scale{training.scales[j]};
    variances[j] = scale == 0 ? 0 : variances[j] / (scale * scale);  // 0: a constant column
  }
  return variances;
}

Scores AnovaF(const TrainingRows& training) {
  return ScoreColumns(training, AnovaFOf);
}

Scores MutualInformation(const TrainingRows& training) {
  return ScoreColumns(training, MutualInformationOf);
}

Genome TopColumns(const Scores& scores, int64_t count) {
  KALLOS_CHECK(count >= 0 && count <= std::ssize(scores));
  Genome order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater<>(), [&](int32_t j) { return scores[j]; });
  order.resize(count);
  std::ranges::sort(order);
  return order;
}

const std::vector<Method>& Methods() {
  static const std::vector<Method> methods = {
      {kSearchMethod, true, BySearch},   {kRandomMethod, true, AtRandom},
      {"anova", false, ByScore<AnovaF>}, {"mutual-information", false, ByScore<MutualInformation>},
      {"l1", false, ByL1Path},           {"variance", false, ByScore<Variances>},
      {kAllColumns, false, AllColumns}};
  return methods;
}

}  // namespace kallos::ga
