#include "lib/measures/probability_calibration.h"

#include <algorithm>
#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <map>
#include <set>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/document/markdown.h"
#include "lib/measures/intervals.h"
#include "lib/measures/measure_cells.h"
#include "lib/measures/paired.h"

namespace kallos::measures {
namespace {

constexpr const char* kAsIs = "as is";
// Of a probability and its complement, so that the log odds are finite.
constexpr double kLeast = 1e-12;
constexpr double kLargestBias = 20;
constexpr double kLowestTemperature = 0.05, kHighestTemperature = 20;

// log(p / (1 - p)).
double LogOdds(double probability) {
  const double p = std::clamp(probability, kLeast, 1 - kLeast);
  return std::log(p) - std::log1p(-p);
}

std::vector<Prediction> Corrected(std::vector<Prediction> predictions,
                                  const Correction& correction) {
  for (Prediction& p : predictions) p.probability = correction(p.probability);
  return predictions;
}

// Mean log loss of the corrected predictions, from their log odds; computed without cancellation.
class Loss {
 public:
  explicit Loss(const std::vector<Prediction>& predictions) {
    for (const Prediction& p : predictions)
      (p.label == 1 ? of_good_ : of_bad_).push_back(LogOdds(p.probability));
  }

  double operator()(const Correction& correction) const {
    double loss = 0;
    for (const double x : of_good_)
      loss += SoftPlus(-(x / correction.temperature + correction.bias));
    for (const double x : of_bad_) loss += SoftPlus(x / correction.temperature + correction.bias);
    return loss / (of_good_.size() + of_bad_.size());
  }

 private:
  // log(1 + exp(x)): -log of the probability of bad at log odds x.
  static double SoftPlus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

  std::vector<double> of_good_, of_bad_;
};

// The loss has one minimum in the bias, and one in log(temperature) whatever the best bias there.
template <typename Function>
std::pair<double, double> Minimum(const Function& function, double low, double high) {
  constexpr int kBits = 26;  // half of a double's, as far as a minimum can be told
  return boost::math::tools::brent_find_minima(function, low, high, kBits);
}

Correction BestBias(const Loss& loss, Correction correction) {
  const auto of_bias = [&](double bias) { return loss({"", correction.temperature, bias}); };
  correction.bias = Minimum(of_bias, -kLargestBias, kLargestBias).first;
  return correction;
}

template <typename AtTemperature>
double BestTemperature(const AtTemperature& loss_at) {
  return std::exp(Minimum([&](double log_t) { return loss_at(std::exp(log_t)); },
                          std::log(kLowestTemperature), std::log(kHighestTemperature))
                      .first);
}

// A correction that validation does not call for, up to rounding, is none.
Correction OrNone(const Loss& loss, Correction correction) {
  constexpr double kWorthwhile = 1e-9;
  if (!(loss(correction) < loss({}) - kWorthwhile)) return {correction.stage, 1, 0};
  return correction;
}

bool IsAtBound(const Correction& correction) {
  constexpr double kNearly = 1e-3;
  return correction.temperature < kLowestTemperature * (1 + kNearly) ||
         correction.temperature > kHighestTemperature * (1 - kNearly) ||
         std::abs(correction.bias) > kLargestBias * (1 - kNearly);
}

// The measures that a correction is for, in the order of the tables.
std::vector<MeasureInfo> Columns() {
  return {MeasureByKey("ece"), MeasureByKey("brier"), MeasureByKey("log_loss")};
}

}  // namespace

double Correction::operator()(double probability) const {
  if (temperature == 1 && bias == 0) return probability;
  return 1 / (1 + std::exp(-(LogOdds(probability) / temperature + bias)));
}

std::vector<Correction> FitCorrections(const std::vector<Prediction>& validation) {
  const auto good = std::ranges::count(validation, 1, &Prediction::label);
  if (good == 0 || good == static_cast<int64_t>(validation.size())) return {};
  const Loss loss(validation);
  const double alone = BestTemperature([&](double t) { return loss({"", t, 0}); });
  const double together = BestTemperature([&](double t) {
    return loss(BestBias(loss, {"", t, 0}));
  });
  return {OrNone(loss, {"temperature", alone, 0}), OrNone(loss, BestBias(loss, {"prior", 1, 0})),
          OrNone(loss, BestBias(loss, {"temperature+prior", together, 0}))};
}

std::vector<std::string> CalibrationNotes(const std::vector<Prediction>& validation,
                                          const std::vector<Correction>& fitted,
                                          const std::vector<Prediction>& evaluated) {
  std::vector<std::string> notes;
  if (validation.empty()) return notes;
  if (fitted.empty()) {
    notes.push_back(
        fmt::format("No correction was fitted: all {} validation rows are of one class.",
                    FormatCount(validation.size())));
    return notes;
  }
  for (const Correction& correction : fitted) {
    if (IsAtBound(correction))
      notes.push_back(
          fmt::format("'{}' ends at its bound: the validation rows (constant, separable or very "
                      "wrong there) do not determine it.",
                      correction.stage));
  }
  std::set<std::string> ids;
  for (const Prediction& p : evaluated) ids.insert(p.id);
  const auto both =
      std::ranges::count_if(validation, [&](const Prediction& p) { return ids.contains(p.id); });
  if (both > 0)
    notes.push_back(fmt::format(
        "FITTED ON WHAT IS MEASURED: {} of {} validation rows have the id of a judged row.",
        FormatCount(both), FormatCount(validation.size())));
  return notes;
}

std::vector<CalibrationRow> MeasureCalibration(const std::vector<Prediction>& predictions,
                                               const std::vector<Correction>& corrections,
                                               uint64_t seed) {
  std::map<std::string, std::vector<Prediction>> by_benchmark;
  for (const Prediction& p : predictions) by_benchmark[p.benchmark].push_back(p);
  const std::vector<MeasureInfo> columns = Columns();
  std::vector<ClassStatistic> statistics;
  for (const MeasureInfo& column : columns) statistics.push_back(column.of_classes);
  std::vector<CalibrationRow> out;
  for (auto& [name, rows] : by_benchmark) {
    std::ranges::sort(rows, {}, &Prediction::id);
    std::vector<CalibrationRow> stages = {{name, {kAsIs}, {}, rows}};
    for (const Correction& correction : corrections)
      stages.push_back({name, correction, {}, Corrected(rows, correction)});
    std::vector<Repetitions> methods;
    for (const CalibrationRow& stage : stages) methods.push_back({stage.predictions});
    const auto found = PairedBootstrap(methods, statistics, seed);
    for (size_t i = 0; i < stages.size(); ++i) {
      for (size_t k = 0; k < columns.size(); ++k)
        stages[i].by_name[columns[k].key] =
            PercentileMeasure(found[i][k].estimate, found[i][k].values);
      out.push_back(std::move(stages[i]));
    }
  }
  return out;
}

std::string FormatCalibrationCsv(const std::vector<CalibrationRow>& rows) {
  CsvTable table{
      {"benchmark", "stage", "temperature", "bias", "measure", "value", "low", "high", "why"},
      {},
      {}};
  for (const CalibrationRow& row : rows) {
    for (const MeasureInfo& column : Columns()) {
      table.rows.push_back({row.benchmark, row.correction.stage,
                            FormatDouble(row.correction.temperature),
                            FormatDouble(row.correction.bias), column.key});
      std::ranges::copy(CsvCellsOf(row.by_name.at(column.key)),
                        std::back_inserter(table.rows.back()));
    }
  }
  return FormatCsv(table);
}

std::string FormatReliabilityCsv(const std::vector<CalibrationRow>& rows) {
  CsvTable table{
      {"benchmark", "stage", "bin", "n", "mean_probability", "share_good", "low", "high"}, {}, {}};
  for (const CalibrationRow& row : rows) {
    int64_t number = 0;
    for (const ReliabilityBin& bin : ReliabilityBins(ThresholdsOf(row.predictions))) {
      const double share = std::clamp(bin.good, 0.0, 1.0);
      const Interval interval = WilsonInterval(share, bin.n);
      table.rows.push_back({row.benchmark, row.correction.stage, std::to_string(++number),
                            std::to_string(bin.n), FormatDouble(bin.probability),
                            FormatDouble(share), FormatDouble(interval.low),
                            FormatDouble(interval.high)});
    }
  }
  return FormatCsv(table);
}

std::string FormatCalibrationMarkdown(const std::vector<CalibrationRow>& rows) {
  document::Table table{"", {{"benchmark"}, {"probabilities"}}};
  for (const MeasureInfo& column : Columns()) table.columns.push_back({column.title, true});
  for (const CalibrationRow& row : rows) {
    const Correction& c = row.correction;
    const std::string what =
        c.stage == kAsIs ? kAsIs
                         : fmt::format("{} ({:.3g}, {:+.3g})", c.stage, c.temperature, c.bias);
    table.rows.push_back({{row.benchmark}, {what}});
    for (const MeasureInfo& column : Columns())
      table.rows.back().push_back(CellOf(row.by_name.at(column.key), column));
  }
  return document::AlignedTable(table);
}

}  // namespace kallos::measures
