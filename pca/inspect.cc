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

std::string SpectrumText(const model::Reduction& model) {
  const std::vector<double> shares = CumulatedShares(model.spectrum, model.total_variance);
  std::string text =
      fmt::format("\n{:>9}  {:>12}  {:>9}  {:>9}\n", "component", "variance", "share %", "sum %");
  for (size_t i = 0; i < std::min(kLeading, shares.size()); ++i) {
    text += fmt::format("{:>9}  {:>12.6g}  {:>9.3f}  {:>9.3f}\n", i + 1, model.spectrum[i],
                        100 * (shares[i] - (i == 0 ? 0 : shares[i - 1])), 100 * shares[i]);
  }
  text += fmt::format("\n{:>9}  {:>12}\n", "variance", "components");
  for (const int percent : {50, 80, 90, 95, 99}) {
    const std::optional<int64_t> count = ComponentsFor(shares, percent / 100.0);
    text += fmt::format("{:>7} %  {:>12}\n", percent,
                        count ? FormatCount(*count)
                              : "more than " + FormatCount(static_cast<int64_t>(shares.size())));
  }
  return text;
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
                   EffectiveRank(model.spectrum), FormatCount(static_cast<int64_t>(shares.size())),
                   100 * shares.back()));
  return text;
}

// Sums over the rows of one kind.
struct Loss {
  int64_t rows = 0;
  double residual = 0;  // squared distances from the reconstruction
  double variance = 0;  // squared distances from the mean
};

double SquaredDistance(std::span<const float> a, const auto& b) {
  double sum = 0;
  for (size_t j = 0; j < a.size(); ++j) {
    const double difference = a[j] - static_cast<double>(b[j]);
    sum += difference * difference;
  }
  return sum;
}

// The line of the table that a row counts in; sorted, what was fitted on comes first. `entry`: see
// SplitRows.
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
    std::vector<int64_t> indices(static_cast<size_t>(end - first));
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
      Loss& sum = losses[KindOf(entries[static_cast<size_t>(indices[i])], fitted)];
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
  const bool repeated =
      fitted > 0 && model.source.row_count % fitted == 0;  // as often as --repeat said
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
  std::string text = fmt::format("\n{:<28}  {:>9}  {:>21}\n", "reconstruction of", "rows",
                                 "squared error / variance");
  int64_t fitted = 0;
  for (const auto& [kind, loss] : losses) {
    if (kind.starts_with("fitted on")) fitted += loss.rows;
    text += fmt::format("{:<28}  {:>9}  {:>24.3e}\n", kind, FormatCount(loss.rows),
                        loss.variance > 0 ? loss.residual / loss.variance : 0.0);
  }
  Print(text + Doubt(model, features, fitted));
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
