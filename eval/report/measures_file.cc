#include "eval/report/measures_file.h"

#include <algorithm>
#include <functional>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/measures/results.h"

namespace kallos::report {
namespace {

BenchmarkMeasures RowOf(const std::string& benchmark, const nlohmann::json& json) {
  BenchmarkMeasures row;
  row.benchmark = benchmark;
  row.n = json.at("n").get<int64_t>();
  if (json.contains("positives")) row.positives = json.at("positives").get<int64_t>();
  for (const auto& [name, value] : json.items()) {
    if (value.is_object() && value.contains("value")) row.by_name[name] = MeasureOf(value);
  }
  return row;
}

ModelMeasures ModelOf(const nlohmann::json& json, const std::string& file) {
  ModelMeasures model;
  for (const auto& [name, row] : json.at("benchmarks").items()) {
    model.rows.push_back(RowOf(name, row));
    if (model.rows.back().n < 1)
      throw InputError("{}: benchmark '{}' has no photographs", file, name);
    if (model.rows.back().by_name.empty())
      throw InputError("{}: benchmark '{}' has no measures; run kallos-eval benchmark again", file,
                       name);
  }
  if (model.rows.empty())
    throw InputError("{}: holds no benchmark; run kallos-eval benchmark again", file);
  std::ranges::stable_partition(model.rows, std::not_fn(&BenchmarkMeasures::of_all));
  if (json.contains("notes")) model.notes = json.at("notes").get<std::vector<std::string>>();
  return model;
}

// Their own folders hold what is shown of them.
size_t CountModels(const nlohmann::json& models, const std::string& file) {
  if (models.empty()) throw InputError("{}: holds no model; run kallos-eval benchmark again", file);
  for (const auto& [name, model] : models.items()) ModelOf(model, file);
  return models.size();
}

}  // namespace

bool BenchmarkMeasures::of_all() const {
  return benchmark == measures::kOverall || benchmark == measures::kMacro;
}

MeasuresFile ReadMeasures(const fs::path& metrics_json) {
  MeasuresFile file;
  const std::string name = PathText(metrics_json);
  ReadJson(metrics_json, [&](const nlohmann::json& json) {
    if (json.contains("models"))
      file.models = CountModels(json.at("models"), name);
    else
      file.own = ModelOf(json, name);
    if (!json.contains("published")) return;
    for (const auto& [model, measures] : json.at("published").items())
      file.published[model] = ModelOf(measures, name);
  });
  return file;
}

measures::Measure MeasureOf(const nlohmann::json& json) {
  const auto number = [&](const char* key) -> std::optional<double> {
    if (!json.contains(key) || json.at(key).is_null()) return std::nullopt;
    return json.at(key).get<double>();
  };
  return {number("value"), number("low"), number("high"), json.value("why", "")};
}

document::Cell MeasureCell(const measures::Measure& measure, const measures::MeasureInfo& info) {
  if (!measure.value) return {"-", measure.why};
  return measures::CellOf(measure, info);
}

document::Cell MeasureCell(const measures::Measure& measure, const document::NumberFormat& format) {
  if (!measure.value) return {"-", measure.why};
  return document::IntervalCell(measure.value, measure.low, measure.high, format);
}

document::Cell DifferenceCell(const measures::Measure& measure,
                              const document::NumberFormat& format) {
  document::Cell cell = MeasureCell(measure, format);
  if (cell.key && *cell.key > 0) cell.text = "+" + cell.text;
  return cell;
}

std::set<std::string> NamesOf(const std::vector<BenchmarkMeasures>& rows) {
  std::set<std::string> names;
  for (const BenchmarkMeasures& row : rows) {
    for (const auto& [name, measure] : row.by_name) names.insert(name);
  }
  return names;
}

}  // namespace kallos::report
