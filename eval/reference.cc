#include "eval/reference.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/measures/intervals.h"
#include "lib/measures/measure_table.h"

namespace kallos::eval {
namespace {

constexpr uint64_t kMostBytes = 1'000'000;
constexpr int64_t kMostRows = 10'000'000;
constexpr const char* kNotPublished = "not published";

// The maps of a file, with messages that name its lines.
class Reader {
 public:
  Reader(const fs::path& path, uint64_t seed) : file_(PathText(path)), seed_(seed) {
    try {
      root_ = YAML::Load(ReadFile(path, kMostBytes));
    } catch (const YAML::Exception& error) {
      throw InputError("{}:{}: {}", file_, error.mark.line + 1, error.msg);
    }
  }

  Reference Read() {
    RequireKeys(root_, {"format_version", "source", "benchmarks", "models"}, "the file");
    if (Count(root_, "format_version") != 1)
      throw InputError("{}: format_version must be 1", Place(root_["format_version"]));
    for (const auto& entry : Map(root_, "benchmarks")) {
      RequireKeys(entry.second, {"good", "bad"}, "a benchmark");
      reference_.benchmarks.push_back(
          {entry.first.Scalar(), Count(entry.second, "good"), Count(entry.second, "bad")});
      if (reference_.benchmarks.back().good + reference_.benchmarks.back().bad == 0)
        throw InputError("{}: the benchmark has no photographs", Place(entry.second));
    }
    for (const auto& entry : Map(root_, "models")) ReadModel(entry.first.Scalar(), entry.second);
    return std::move(reference_);
  }

 private:
  std::string Place(const YAML::Node& node) const {
    return fmt::format("{}:{}", file_, node.Mark().line + 1);
  }

  void RequireKeys(const YAML::Node& node, const std::vector<std::string>& known,
                   const std::string& what) const {
    if (!node.IsMap())
      throw InputError("{}: {} must be a map of {}", Place(node), what, Join(known, ", "));
    std::vector<std::string> seen;
    for (const auto& entry : node) {
      const std::string key = entry.first.Scalar();
      if (std::ranges::find(known, key) == known.end())
        throw InputError("{}: unknown key '{}'{}; {} has {}", Place(entry.first), key,
                         DidYouMean(key, known), what, Join(known, ", "));
      if (std::ranges::find(seen, key) != seen.end())
        throw InputError("{}: key '{}' stands there twice", Place(entry.first), key);
      seen.push_back(key);
    }
  }

  YAML::Node Map(const YAML::Node& node, const char* key) const {
    const YAML::Node map = node[key];
    if (!map || !map.IsMap()) throw InputError("{}: '{}' must be a map", Place(node), key);
    std::vector<std::string> names;
    for (const auto& entry : map) {
      if (std::ranges::find(names, entry.first.Scalar()) != names.end())
        throw InputError("{}: '{}' stands there twice", Place(entry.first), entry.first.Scalar());
      names.push_back(entry.first.Scalar());
    }
    return map;
  }

  int64_t Count(const YAML::Node& node, const char* key) const {
    const YAML::Node value = node[key];
    const std::optional<int64_t> count =
        value && value.IsScalar() ? ParseInt(value.Scalar()) : std::nullopt;
    if (!count || *count < 0 || *count > kMostRows)
      throw InputError("{}: '{}' must be a count", Place(value ? value : node), key);
    return *count;
  }

  void ReadModel(const std::string& name, const YAML::Node& node) {
    RequireKeys(node, {"note", "results"}, "a model");
    measures::Report report{name, {}, {}, false, true};
    if (node["note"]) report.notes.push_back(node["note"].Scalar());
    for (const auto& entry : Map(node, "results")) {
      const std::string benchmark = entry.first.Scalar();
      const auto counts =
          std::ranges::find(reference_.benchmarks, benchmark, &BenchmarkCounts::benchmark);
      if (counts == reference_.benchmarks.end())
        throw InputError("{}: '{}' is not among 'benchmarks'", Place(entry.first), benchmark);
      const bool correct_only = entry.second.IsMap() && entry.second["correct"];
      report.benchmarks.emplace_back(benchmark, correct_only ? FromCorrect(*counts, entry.second)
                                                             : FromVerdicts(*counts, entry.second));
    }
    reference_.models.push_back(std::move(report));
  }

  // The confusion matrix gives all measures of verdicts, and none of probabilities.
  measures::Measures FromVerdicts(const BenchmarkCounts& counts, const YAML::Node& node) const {
    RequireKeys(node, {"tp", "fn", "fp", "tn"}, "a result");
    const int64_t tp = Count(node, "tp"), fn = Count(node, "fn"), fp = Count(node, "fp"),
                  tn = Count(node, "tn");
    if (tp + fn != counts.good || fp + tn != counts.bad)
      throw InputError("{}: tp + fn = {} and fp + tn = {}, but {} has {} good and {} bad",
                       Place(node), tp + fn, fp + tn, counts.benchmark, counts.good, counts.bad);
    std::vector<measures::Prediction> rows;
    const auto add = [&](int64_t n, int label, double probability) {
      for (int64_t i = 0; i < n; ++i)
        rows.push_back({std::to_string(rows.size()), counts.benchmark, label, probability, ""});
    };
    add(tp, 1, 1), add(fn, 1, 0), add(fp, 0, 1), add(tn, 0, 0);
    measures::Measures measures = measures::MeasureClassification(std::move(rows), seed_);
    for (const measures::MeasureInfo& info : measures::ClassMeasures()) {
      if (info.of_probabilities) measures.by_name[info.key] = measures::Undefined(kNotPublished);
    }
    return measures;
  }

  // The number of right verdicts gives the accuracy; of one class that is its recall.
  measures::Measures FromCorrect(const BenchmarkCounts& counts, const YAML::Node& node) const {
    RequireKeys(node, {"correct"}, "a result");
    const int64_t n = counts.good + counts.bad, correct = Count(node, "correct");
    if (correct > n) throw InputError("{}: {} correct of {}", Place(node), correct, n);
    measures::Measures measures{n, counts.good, n, {}};
    for (const measures::MeasureInfo& info : measures::ClassMeasures())
      measures.by_name[info.key] = measures::Undefined(kNotPublished);
    const double share = measures::ShareOf(correct, n);
    const measures::Interval interval = measures::WilsonInterval(share, n);
    const measures::Measure accuracy{share, interval.low, interval.high, ""};
    measures.by_name["accuracy"] = accuracy;
    if (measures.one_class())
      measures.by_name[counts.good == 0 ? "specificity" : "recall"] = accuracy;
    return measures;
  }

  std::string file_;
  uint64_t seed_;
  YAML::Node root_;
  Reference reference_;
};

}  // namespace

Reference ReadReference(const fs::path& path, uint64_t seed) {
  return Reader(path, seed).Read();
}

std::vector<std::string> CountFaults(const Reference& reference, const measures::Report& report) {
  std::vector<std::string> names, faults, lacking;
  for (const BenchmarkCounts& counts : reference.benchmarks) names.push_back(counts.benchmark);
  for (const auto& [name, m] : report.benchmarks) {
    if (name == measures::kOverall || name == measures::kMacro) continue;
    const auto counts = std::ranges::find(reference.benchmarks, name, &BenchmarkCounts::benchmark);
    if (counts == reference.benchmarks.end()) {
      faults.push_back(
          fmt::format("{}: not a benchmark of the reference{}.", name, DidYouMean(name, names)));
    } else if (m.positives != counts->good || m.n - m.positives != counts->bad) {
      faults.push_back(fmt::format(
          "{}: {} good and {} bad photographs, published {} and {}: not the published benchmark.",
          name, FormatCount(m.positives), FormatCount(m.n - m.positives), FormatCount(counts->good),
          FormatCount(counts->bad)));
    }
  }
  for (const std::string& name : names) {
    if (std::ranges::find(report.benchmarks, name,
                          &std::pair<std::string, measures::Measures>::first) ==
        report.benchmarks.end())
      lacking.push_back(name);
  }
  if (!lacking.empty())
    faults.push_back(fmt::format("Published but not measured here: {}.", Join(lacking, ", ")));
  return faults;
}

}  // namespace kallos::eval
