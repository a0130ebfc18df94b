#include "lib/measures/predictions.h"

#include <algorithm>
#include <optional>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/measures/prediction_table.h"

namespace kallos::measures {
namespace {

Prediction RowOf(const PredictionTable& table, size_t row) {
  const std::string& label = table.Cell(row, "label");
  if (label != "0" && label != "1")
    throw InputError("{}: label '{}' is not 0 (bad) or 1 (good)", table.Place(row), label);
  const std::optional<double> p = ParseDouble(table.Cell(row, "probability"));
  if (!p || !(*p >= 0 && *p <= 1))  // so that NaN fails
    throw InputError("{}: probability '{}' is not a number in [0, 1]", table.Place(row),
                     table.Cell(row, "probability"));
  return {table.Id(row), table.Benchmark(row), label == "1" ? 1 : 0, *p, table.Group(row)};
}

}  // namespace

void CheckSameRows(const std::vector<Prediction>& a, const std::vector<Prediction>& b) {
  KALLOS_CHECK(std::ranges::equal(a, b, [](const Prediction& p, const Prediction& q) {
    return p.id == q.id && p.label == q.label;
  }));
}

std::vector<Prediction> ReadPredictions(const std::filesystem::path& path) {
  const PredictionTable table(path, {"id", "label", "probability"},
                              "id,label,probability (benchmark and group are optional)");
  std::vector<Prediction> predictions;
  for (size_t row = 0; row < table.size(); ++row) predictions.push_back(RowOf(table, row));
  return predictions;
}

std::string FormatPredictions(const std::vector<Prediction>& predictions) {
  CsvTable table{{"id", "benchmark", "label", "probability", "verdict"}, {}, {}};
  const bool grouped =
      std::ranges::any_of(predictions, [](const Prediction& p) { return !p.group.empty(); });
  if (grouped) table.columns.emplace_back("group");
  for (const Prediction& p : predictions) {
    table.rows.push_back({p.id, p.benchmark, std::to_string(p.label), FormatDouble(p.probability),
                          IsGood(p.probability) ? "1" : "0"});
    if (grouped) table.rows.back().push_back(p.group);
  }
  return FormatCsv(table);
}

}  // namespace kallos::measures
