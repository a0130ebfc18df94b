#include <algorithm>

#include "eval/report/measures_file.h"
#include "eval/report/sections.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/model/reduction.h"
#include "pca/spectrum.h"

namespace kallos::report {
namespace {

// All of the first values, then ever fewer, as a logarithmic axis shows them; always the last.
document::Series SeriesOf(const std::string& name, int colour, const std::vector<double>& values,
                          double scale) {
  document::Series series{name, document::SeriesStyle::kLine, colour};
  const auto add = [&](size_t i) {
    series.points.push_back({static_cast<double>(i + 1), scale * values[i]});
  };
  for (size_t i = 0; i + 1 < values.size(); i = std::max(i + 1, i + i / 50)) add(i);
  if (!values.empty()) add(values.size() - 1);
  return series;
}

// A file made elsewhere knows the spectrum of its components alone.
const std::vector<double>& SpectrumOf(const model::Reduction& model) {
  return model.spectrum.empty() ? model.explained_variance : model.spectrum;
}

document::Cell ComponentsFor(const std::vector<double>& shares, double part) {
  const std::optional<int64_t> count = pca::ComponentsFor(shares, part);
  return count ? CountCell(*count) : document::Cell{"-", "more than are known"};
}

std::vector<document::Cell> RowOf(const std::string& name, const model::Reduction& model,
                                  const std::vector<double>& shares) {
  const double held = shares[model.outputs() - 1];
  const double rank = pca::EffectiveRank(SpectrumOf(model));
  return {{name},
          {model.source.extractor.empty() ? "not known" : model.source.extractor},
          CountCell(model.source.row_count),
          CountCell(model.inputs()),
          CountCell(model.outputs()),
          {fmt::format("{:.2f}", 100 * held), "", held},
          {fmt::format("{:.1f}", rank), "", rank},
          ComponentsFor(shares, 0.9),
          ComponentsFor(shares, 0.95),
          ComponentsFor(shares, 0.99)};
}

}  // namespace

document::Section ComponentsSection(const std::vector<Run>& runs) {
  document::Section section{"Components"};
  document::Chart spectrum{"Spectrum", {"component", {}, {}, true}, {"variance", {}, {}, true}};
  document::Chart shares{"Cumulated share of the variance", {"components"}, {"%", 0, 100}};
  document::Table table{"Components",
                        {{"model"},
                         {"features"},
                         {"rows", true},
                         {"columns", true},
                         {"components", true},
                         {"hold %", true},
                         {"effective rank", true},
                         {"for 90 %", true},
                         {"for 95 %", true},
                         {"for 99 %", true}}};
  for (const Run& run : OfKind(runs, RunKind::kComponents)) {
    const model::Reduction model = model::ReadReduction(run.path);
    const std::vector<double> cumulated =
        pca::CumulatedShares(SpectrumOf(model), model.total_variance);
    const int colour = table.rows.size();
    spectrum.series.push_back(SeriesOf(run.name, colour, SpectrumOf(model), 1));
    shares.series.push_back(SeriesOf(run.name, colour, cumulated, 100));
    table.rows.push_back(RowOf(run.name, model, cumulated));
  }
  if (table.rows.empty()) return section;
  section.blocks = {std::move(spectrum), std::move(shares), std::move(table)};
  return section;
}

}  // namespace kallos::report
