#include "eval/predictions.h"

#include <algorithm>
#include <map>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::eval {
namespace {

// The rows of a predictions file, column by column.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path)
      : file_(PathText(path)),
        table_(ReadCsv(path)),
        id_(Require("id")),
        label_(Require("label")),
        probability_(Require("probability")),
        benchmark_(table_.Find("benchmark")),
        group_(table_.Find("group")) {}

  std::vector<Prediction> Read() {
    std::vector<Prediction> predictions;
    for (size_t i = 0; i < table_.rows.size(); ++i) predictions.push_back(ReadRow(i));
    if (predictions.empty()) throw InputError("{}: has no rows, so there is nothing to judge", file_);
    return predictions;
  }

 private:
  size_t Require(const char* name) const {
    if (const auto index = table_.Find(name)) return *index;
    throw InputError(
        "{}: column '{}' is missing; expected id,label,probability (benchmark and group are optional), found {}", file_,
        name, Join(table_.columns, ","));
  }

  Prediction ReadRow(size_t i) {
    const std::vector<std::string>& row = table_.rows[i];
    const size_t line = table_.lines[i];
    if (row[id_].empty()) throw InputError("{}:{}: the id is empty", file_, line);
    const auto [first, is_new] = line_of_.emplace(row[id_], line);
    if (!is_new) throw InputError("{}:{}: id '{}' stands on line {} already", file_, line, row[id_], first->second);
    if (row[label_] != "0" && row[label_] != "1")
      throw InputError("{}:{}: label '{}' is not 0 (bad) or 1 (good)", file_, line, row[label_]);
    const std::optional<double> p = ParseDouble(row[probability_]);
    if (!p || !(*p >= 0 && *p <= 1))  // so that NaN fails
      throw InputError("{}:{}: probability '{}' is not a number in [0, 1]", file_, line, row[probability_]);
    const std::string benchmark = benchmark_ ? row[*benchmark_] : "";
    return {row[id_], benchmark.empty() ? "test" : benchmark, row[label_] == "1" ? 1 : 0, *p,
            group_ ? row[*group_] : ""};
  }

  std::string file_;
  CsvTable table_;
  size_t id_, label_, probability_;
  std::optional<size_t> benchmark_, group_;
  std::map<std::string, size_t> line_of_;
};

}  // namespace

std::vector<Prediction> ReadPredictions(const std::filesystem::path& path) {
  return Reader(path).Read();
}

std::string FormatPredictions(const std::vector<Prediction>& predictions) {
  CsvTable table{{"id", "benchmark", "label", "probability", "verdict"}, {}, {}};
  const bool grouped = std::ranges::any_of(predictions, [](const Prediction& p) { return !p.group.empty(); });
  if (grouped) table.columns.emplace_back("group");
  for (const Prediction& p : predictions) {
    table.rows.push_back(
        {p.id, p.benchmark, std::to_string(p.label), FormatDouble(p.probability), IsGood(p.probability) ? "1" : "0"});
    if (grouped) table.rows.back().push_back(p.group);
  }
  return FormatCsv(table);
}

}  // namespace kallos::eval
