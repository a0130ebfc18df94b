#include "pca/inspect.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <numeric>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/progress.h"
#include "lib/core/stop.h"
#include "lib/core/text.h"
#include "lib/document/cells.h"
#include "lib/document/markdown.h"
#include "lib/document/svg.h"
#include "lib/model/reduction.h"
#include "lib/parallel/parallel.h"
#include "pca/spectrum.h"
#include "pca/spectrum_plot.h"
#include "pca/training_rows.h"

namespace kallos::pca {
namespace {

constexpr int64_t kBlockRows = 1024;
constexpr size_t kLeading = 10;

void Print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
}

std::string SourceText(const model::ReductionSource& source) {
  if (source.fingerprint.empty()) return "not named";
  return fmt::format("{} (fingerprint {})", source.extractor, source.fingerprint);
}

// As all commands print their tables.
std::string TableText(const document::Table& table) {
  return "\n" + document::AlignedTable(table);
}

// The leading components with their variance, its share of the total and the sum of shares.
document::Table LeadingTable(const model::Reduction& model, const std::vector<double>& shares) {
  document::Table table{
      "", {{"component", true}, {"variance", true}, {"share %", true}, {"sum %", true}}};
  for (size_t i = 0; i < std::min(kLeading, shares.size()); ++i) {
    const double before = i == 0 ? 0 : shares[i - 1];
    table.rows.push_back({document::CountCell(i + 1),
                          {fmt::format("{:.6g}", model.spectrum[i])},
                          document::NumberCell(100 * (shares[i] - before), 3),
                          document::NumberCell(100 * shares[i], 3)});
  }
  return table;
}

// How many components hold half of the variance, and more.
document::Table CountTable(const std::vector<double>& shares) {
  document::Table table{"", {{"variance", true}, {"components", true}}};
  for (const int percent : {50, 80, 90, 95, 99}) {
    const std::optional<int64_t> count = ComponentsFor(shares, percent / 100.0);
    table.rows.push_back(
        {{fmt::format("{} %", percent)},
         {count ? FormatCount(*count) : "more than " + FormatCount(shares.size())}});
  }
  return table;
}

std::string SpectrumText(const model::Reduction& model) {
  const std::vector<double> shares = CumulatedShares(model.spectrum, model.total_variance);
  return TableText(LeadingTable(model, shares)) + TableText(CountTable(shares));
}

std::string ModelText(const model::Reduction& model) {
  const std::vector<double> shares = CumulatedShares(model.spectrum, model.total_variance);
  const size_t kept = std::min(static_cast<size_t>(model.outputs()), shares.size());
  std::string text;
  const auto line = [&](const char* what, const std::string& value) {
    text += fmt::format("{:<16}{}\n", what, value);
  };
  line("method", EnumName(model.method) + (model.whiten ? ", whitened" : ""));
  line("size",
       fmt::format("{} columns to {}", FormatCount(model.inputs()), FormatCount(model.outputs())));
  line("source", SourceText(model.source));
  line("fitted on", fmt::format("{} rows{}", FormatCount(model.source.row_count),
                                model.source.rows.empty() ? "" : " (" + model.source.rows + ")"));
  line("rank", model.rank == 0 ? "unknown" : FormatCount(model.rank));
  line("total variance", fmt::format("{:.6g}", model.total_variance));
  line("kept variance", fmt::format("{:.3f} %", 100 * shares[kept - 1]));
  line("effective rank",
       fmt::format("{:.1f} (of the {} known eigenvalues, {:.3f} % of the variance)",
                   EffectiveRank(model.spectrum), FormatCount(shares.size()), 100 * shares.back()));
  return text;
}

// Sums over the rows of one kind.
struct Loss {
  int64_t rows = 0;
  double residual = 0;  // squared distances from the reconstruction
  double variance = 0;  // squared distances from the mean
};

// |a - b|^2 in double precision.
double SquaredDistance(std::span<const float> a, const auto& b) {
  double sum = 0;
  for (size_t j = 0; j < a.size(); ++j) {
    const double difference = double{a[j]} - b[j];
    sum += difference * difference;
  }
  return sum;
}

// The row of the table that `entry` (see SplitRows) counts in. In order of their names, what was
// fitted on comes first.
std::string KindOf(const store::ManifestRow* entry, const std::optional<Rows>& fitted) {
  if (!fitted) return "all rows";
  if (entry == nullptr) return "held out: not in the manifest";
  const std::string name =
      !entry->benchmark.empty() ? "benchmark " + entry->benchmark : entry->split;
  return fmt::format("{}{}", IsFittedOn(*entry, *fitted) ? "fitted on" : "held out",
                     name.empty() ? "" : ": " + name);
}

// One pass over the store.
std::map<std::string, Loss> Losses(const model::Reduction& model,
                                   const store::FeatureStore& features,
                                   const store::Manifest* manifest) {
  const std::optional<Rows> fitted = ValueText<Rows>::Parse(model.source.rows);
  const std::vector<const store::ManifestRow*> entries = SplitRows(features, manifest);
  std::map<std::string, Loss> losses;
  Progress progress("inspect", "rows", features.rows());
  int64_t first = 0;
  for (const int64_t end : features.ShardEnds()) {
    if (end == first || (end - first < kBlockRows && end != features.rows())) continue;
    ThrowIfStopRequested("the same command begins anew");
    std::vector<int64_t> indices(end - first);
    std::iota(indices.begin(), indices.end(), first);
    const Matrix<float> rows = features.ReadRows(indices);
    const Matrix<float> back =
        model::InverseTransform(model, model::Transform(model, rows.View()).View());
    std::vector<Loss> each(rows.rows());
    ParallelFor(rows.rows(), [&](size_t i) {
      each[i] = {1, SquaredDistance(rows.Row(i), back.Row(i)),
                 SquaredDistance(rows.Row(i), model.mean)};
    });
    for (size_t i = 0; i < each.size(); ++i) {
      Loss& sum = losses[KindOf(entries[indices[i]], fitted)];
      sum = {sum.rows + 1, sum.residual + each[i].residual, sum.variance + each[i].variance};
    }
    progress.Add(end - first);
    first = end;
  }
  return losses;
}

// Why `fitted` rows, by the split, may not be those that the model was fitted on; "" where nothing
// speaks against it.
std::string Doubt(const model::Reduction& model, const store::FeatureStore& features,
                  int64_t fitted) {
  if (features.content_hash() != model.source.content_hash)
    return "These are not the very rows that the model was fitted on (another content hash): kinds "
           "go by the split.\n";
  // As often as --repeat said.
  const bool repeated = fitted > 0 && model.source.row_count % fitted == 0;
  if (repeated || model.source.rows.empty()) return "";
  return fmt::format(
      "The model was fitted on {} rows, but the split says {}: give the --manifest of the fit.\n",
      FormatCount(model.source.row_count), FormatCount(fitted));
}

void PrintReconstruction(const InspectConfig& config, const model::Reduction& model) {
  const store::FeatureStore features(*config.features);
  model::RequireSource(model, features.info(), PathText(config.model));
  std::optional<store::Manifest> manifest;
  if (config.manifest) manifest = store::ReadManifest(*config.manifest, false);
  const std::map<std::string, Loss> losses =
      Losses(model, features, manifest ? &*manifest : nullptr);
  document::Table table{
      "", {{"reconstruction of"}, {"rows", true}, {"squared error / variance", true}}};
  int64_t fitted = 0;
  for (const auto& [kind, loss] : losses) {
    if (kind.starts_with("fitted on")) fitted += loss.rows;
    const double error = loss.variance > 0 ? loss.residual / loss.variance : 0;
    table.rows.push_back({{kind}, document::CountCell(loss.rows), {fmt::format("{:.3e}", error)}});
  }
  Print(TableText(table) + Doubt(model, features, fitted));
}

void PrintComparison(const InspectConfig& config, const model::Reduction& model) {
  const model::Reduction exact = model::ReadReduction(*config.against);
  if (exact.source.fingerprint != model.source.fingerprint)
    throw InputError(
        "{} was fitted on '{}', {} on '{}'; only models of the same features can be compared",
        PathText(config.model), SourceText(model.source), PathText(*config.against),
        SourceText(exact.source));
  const Comparison result = Compare(model, exact);
  Print(
      fmt::format("\nagainst {} ({}), {} leading components of each:\nlargest relative error of a "
                  "variance  {:.3e}\n"
                  "largest principal angle               {:.3e} rad\n",
                  PathText(*config.against), EnumName(exact.method), FormatCount(result.count),
                  result.variance_error, result.angle));
}

void WritePlot(const InspectConfig& config, const model::Reduction& model) {
  const std::string name =
      model.source.extractor.empty() ? config.model.filename().string() : model.source.extractor;
  const std::string title =
      fmt::format("Spectrum of {}: {} columns, {} rows", name, FormatCount(model.inputs()),
                  FormatCount(model.source.row_count));
  document::PublishDrawing(*config.plot, SpectrumSvg(model, title), "Spectrum");
}

}  // namespace

void Validate(const InspectConfig& config, Violations& violations) {
  if (config.manifest && !config.features)
    violations.push_back("--manifest does nothing without --features");
  if (config.plot && config.plot->extension() != ".svg" && config.plot->extension() != ".html")
    violations.push_back(
        fmt::format("--plot {}: expected x.svg or x.html", PathText(*config.plot)));
}

void RunInspect(const InspectConfig& config, RunContext&) {
  const model::Reduction model = model::ReadReduction(config.model);
  Print(ModelText(model) + SpectrumText(model));
  if (config.features) PrintReconstruction(config, model);
  if (config.against) PrintComparison(config, model);
  if (config.plot) WritePlot(config, model);
}

}  // namespace kallos::pca
