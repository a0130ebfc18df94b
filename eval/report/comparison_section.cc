#include "eval/report/measures_file.h"
#include "eval/report/sections.h"
#include "lib/core/error.h"

namespace kallos::report {
namespace {

document::Cell CellOfP(const nlohmann::json& p) {
  return document::PValueCell(p.is_null() ? std::nullopt : std::optional(p.get<double>()));
}

std::vector<document::Cell> RowOf(const nlohmann::json& pair) {
  return {{pair.at("benchmark").get<std::string>()},
          {pair.at("a").get<std::string>()},
          {pair.at("b").get<std::string>()},
          CountCell(pair.at("n").get<int64_t>()),
          CountCell(pair.at("only_a_right").get<int64_t>()),
          CountCell(pair.at("only_b_right").get<int64_t>()),
          DifferenceCell(MeasureOf(pair.at("accuracy_difference")), {100, 2, 1}),
          CellOfP(pair.at("mcnemar_p")),
          CellOfP(pair.at("mcnemar_p_holm")),
          DifferenceCell(MeasureOf(pair.at("roc_auc_difference")), {1, 4, 4}),
          CellOfP(pair.at("delong_p")),
          CellOfP(pair.at("delong_p_holm"))};
}

void AddComparison(const Run& run, document::Section& section) {
  document::Table table{"Differences A - B: " + run.name,
                        {{"benchmark"},
                         {"A"},
                         {"B"},
                         {"n", true},
                         {"only A right", true},
                         {"only B right", true},
                         {"accuracy, points", true},
                         {"McNemar p", true},
                         {"after Holm", true},
                         {"ROC-AUC", true},
                         {"DeLong p", true},
                         {"after Holm", true}}};
  document::List sentences;
  ReadJson(MarkOf(run), [&](const nlohmann::json& json) {
    for (const nlohmann::json& pair : json.at("pairs")) {
      table.rows.push_back(RowOf(pair));
      sentences.items.push_back(pair.at("sentence").get<std::string>() + ".");
    }
  });
  section.blocks.emplace_back(document::Heading{run.name});
  section.blocks.emplace_back(std::move(sentences));
  section.blocks.emplace_back(std::move(table));
}

}  // namespace

document::Section ComparisonSection(const std::vector<Run>& runs) {
  document::Section section{"Comparisons"};
  for (const Run& run : OfKind(runs, RunKind::kComparison)) AddComparison(run, section);
  if (!section.blocks.empty())
    section.blocks.emplace_back(
        document::Paragraph{"In brackets 95 % intervals: a paired bootstrap over photographs for "
                            "the accuracy, DeLong's for ROC-AUC. "
                            "Holm: adjusted for all rows that have a p."});
  return section;
}

}  // namespace kallos::report
