// Comparisons as JSON, CSV, a table and sentences.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/document/cells.h"
#include "lib/document/markdown.h"
#include "lib/measures/comparison.h"

namespace kallos::measures {
namespace {

document::Cell DifferenceCell(const Measure& m, double scale, int digits) {
  return document::IntervalCell(m.value, m.low, m.high, {scale, digits, digits, true});
}

nlohmann::json JsonOf(const std::optional<double>& p) {
  return p ? nlohmann::json(*p) : nlohmann::json();
}

}  // namespace

std::string SentenceOf(const Pair& pair) {
  const Measure& accuracy = pair.differences.at("accuracy");
  const double points = 100 * accuracy.value.value();
  const std::string relation = points == 0
                                   ? "is as good as"
                                   : fmt::format("is {:.1f} points {} than", std::abs(points),
                                                 points > 0 ? "better" : "worse");
  const std::string interval = accuracy.low ? fmt::format("95 % interval {:.1f} to {:.1f}",
                                                          100 * *accuracy.low, 100 * *accuracy.high)
                                            : "no interval";
  return fmt::format(
      "{} {} {} on {} (accuracy, {}; McNemar p {} after Holm): {}", pair.a, relation, pair.b,
      pair.benchmark, interval,
      (pair.mcnemar_holm < 0.0001 ? "" : "= ") + document::PValueCell(pair.mcnemar_holm).text,
      pair.differs() ? "they differ" : "not distinguishable");
}

std::string FormatComparisonJson(const std::vector<Pair>& pairs) {
  nlohmann::json list = nlohmann::json::array();
  for (const Pair& pair : pairs) {
    nlohmann::json entry = {{"benchmark", pair.benchmark},
                            {"a", pair.a},
                            {"b", pair.b},
                            {"n", pair.n},
                            {"groups", pair.groups},
                            {"only_a_right", pair.discordant.only_a},
                            {"only_b_right", pair.discordant.only_b},
                            {"mcnemar_p", pair.mcnemar_p},
                            {"mcnemar_p_holm", pair.mcnemar_holm},
                            {"delong_p", JsonOf(pair.delong_p)},
                            {"delong_p_holm", JsonOf(pair.delong_holm)},
                            {"sentence", SentenceOf(pair)}};
    for (const auto& [name, measure] : pair.differences) entry[name + "_difference"] = measure;
    list.push_back(std::move(entry));
  }
  return nlohmann::json{{"format_version", 1}, {"pairs", list}}.dump(1) + "\n";
}

std::string FormatPairsCsv(const std::vector<Pair>& pairs) {
  CsvTable table{
      {"benchmark", "a", "b", "n", "measure", "difference", "low", "high", "p", "p_holm", "why"},
      {},
      {}};
  const auto text = [](const std::optional<double>& value) {
    return value ? FormatDouble(*value) : "";
  };
  for (const Pair& pair : pairs) {
    for (const auto& [name, m] : pair.differences) {
      std::optional<double> p, holm;
      if (name == "accuracy") p = pair.mcnemar_p, holm = pair.mcnemar_holm;
      if (name == "roc_auc") p = pair.delong_p, holm = pair.delong_holm;
      table.rows.push_back({pair.benchmark, pair.a, pair.b, std::to_string(pair.n), name,
                            text(m.value), text(m.low), text(m.high), text(p), text(holm), m.why});
    }
  }
  return FormatCsv(table);
}

std::string FormatComparisonMarkdown(const std::vector<Pair>& pairs) {
  using document::CountCell;
  using document::PValueCell;
  document::Table table{"",
                        {{"benchmark"},
                         {"A"},
                         {"B"},
                         {"n", true},
                         {"only A right", true},
                         {"only B right", true},
                         {"accuracy A - B, points", true},
                         {"McNemar p", true},
                         {"Holm", true},
                         {"ROC-AUC A - B", true},
                         {"DeLong p", true},
                         {"Holm", true}}};
  bool grouped = false;
  std::string sentences;
  for (const Pair& pair : pairs) {
    table.rows.push_back({{pair.benchmark},
                          {pair.a},
                          {pair.b},
                          CountCell(pair.n),
                          CountCell(pair.discordant.only_a),
                          CountCell(pair.discordant.only_b),
                          DifferenceCell(pair.differences.at("accuracy"), 100, 1),
                          PValueCell(pair.mcnemar_p),
                          PValueCell(pair.mcnemar_holm),
                          DifferenceCell(pair.differences.at("roc_auc"), 1, 4),
                          PValueCell(pair.delong_p),
                          PValueCell(pair.delong_holm)});
    grouped = grouped || pair.groups < pair.n;
    sentences += "- " + document::EscapedName(SentenceOf(pair)) + ".\n";
  }
  std::string text = document::AlignedTable(table) + "\n" + sentences +
                     "\nIn brackets 95 % intervals: a paired bootstrap over photographs for the "
                     "accuracy, DeLong's for ROC-AUC. "
                     "McNemar's test is exact (normal where groups differ by more than 20,000 "
                     "rows). Holm: adjusted for all "
                     "rows that have a p.\n";
  if (grouped) text += "Rows of one group count as one draw, in intervals and tests.\n";
  return text;
}

}  // namespace kallos::measures
