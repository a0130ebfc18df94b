#include <cmath>
#include <set>

#include "data/import_sources.h"
#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/log.h"
#include "lib/core/text.h"

namespace kallos::data {
namespace {

using store::ManifestRow;

const std::vector<std::string> kFileNames = {"file",      "path",  "filename",
                                             "file_name", "image", "image_name"};
const std::vector<std::string> kLabelNames = {"label", "class"};
const std::vector<std::string> kScoreNames = {"score", "mos"};

// The CSV with the meaning of its columns.
class Source {
 public:
  explicit Source(const fs::path& path) : name_(PathText(path)), table_(ReadCsv(path)) {
    file_ = Known(kFileNames);
    label_ = Known(kLabelNames);
    score_ = Known(kScoreNames);
    id_ = Known({"id"});
    split_ = Known({"split"});
    benchmark_ = Known({"benchmark"});
    group_ = Known({"group"});
    for (const char* computed : {"width", "height", "sha256"}) Known({computed});
    if (!file_) {
      throw InputError("{}: no column with the file names; expected one of {}, found: {}", name_,
                       Join(kFileNames, ", "), Join(table_.columns, ", "));
    }
    if (!label_ && !score_) {
      LogWarning("{}: no column with labels or scores; expected one of {}, {}, found: {}", name_,
                 Join(kLabelNames, ", "), Join(kScoreNames, ", "), Join(table_.columns, ", "));
    }
    for (size_t i = 0; i < table_.columns.size(); ++i) {
      if (!known_.contains(i)) extra_.push_back(i);
    }
  }

  size_t rows() const { return table_.rows.size(); }

  std::vector<std::string> ExtraColumns() const {
    std::vector<std::string> names;
    for (const size_t i : extra_) names.push_back(table_.columns[i]);
    return names;
  }

  ManifestRow Row(size_t i, const LabelMap& labels) const {
    ManifestRow row;
    row.path = Text(i, file_);
    if (row.path.empty()) throw Complaint(i, "the file name is empty");
    row.id = id_ ? Text(i, id_) : row.path;
    if (row.id.empty()) throw Complaint(i, "the id is empty");
    row.label = Label(i, labels);
    row.score = Score(i);
    row.split = Text(i, split_);
    row.benchmark = Text(i, benchmark_);
    row.group = Text(i, group_);
    for (const size_t column : extra_) row.extra.push_back(table_.rows[i][column]);
    return row;
  }

  Error Complaint(size_t i, const std::string& what) const {
    return InputError("{}:{}: {}", name_, table_.lines[i], what);
  }

 private:
  using Column = std::optional<size_t>;

  // The column whose name, in any case, comes first in `names`.
  Column Known(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      for (size_t i = 0; i < table_.columns.size(); ++i) {
        if (ToLower(table_.columns[i]) == name) return *known_.insert(i).first;
      }
    }
    return std::nullopt;
  }

  std::string Text(size_t i, Column column) const {
    return column ? std::string(Trim(table_.rows[i][*column])) : "";
  }

  std::optional<int> Label(size_t i, const LabelMap& labels) const {
    const std::string text = Text(i, label_);
    if (text.empty()) return std::nullopt;
    const auto found = labels.find(ToLower(text));
    if (found != labels.end()) return found->second;
    if (text == "0" || text == "1") return text == "1" ? 1 : 0;
    throw Complaint(i, fmt::format("label '{}': expected 0, 1 or a name given by --labels", text));
  }

  std::optional<double> Score(size_t i) const {
    const std::string text = Text(i, score_);
    if (text.empty()) return std::nullopt;
    const std::optional<double> value = ParseDouble(text);
    if (!value || !std::isfinite(*value))
      throw Complaint(i, fmt::format("score '{}': expected a number", text));
    return value;
  }

  std::string name_;
  CsvTable table_;
  std::set<size_t> known_;
  Column file_, label_, score_, id_, split_, benchmark_, group_;
  std::vector<size_t> extra_;
};

void LabelByScore(const ImportConfig& config, ManifestRow& row) {
  if (row.label || !row.score) return;
  if (config.good_above && *row.score > *config.good_above) row.label = 1;
  if (config.bad_below && *row.score < *config.bad_below) row.label = 0;
}

}  // namespace

Imported RowsOfCsv(const ImportConfig& config, const LabelMap& labels) {
  const Source source(*config.csv);
  Imported imported;
  const fs::path csv = fs::absolute(*config.csv).lexically_normal();
  imported.manifest.folder =
      config.root ? fs::absolute(*config.root).lexically_normal() : csv.parent_path();
  imported.manifest.extra_columns = source.ExtraColumns();
  std::set<std::string> ids;
  for (size_t i = 0; i < source.rows(); ++i) {
    ManifestRow row = source.Row(i, labels);
    if (!ids.insert(row.id).second)
      throw source.Complaint(i, fmt::format("'{}' appears twice; remove one of the rows", row.id));
    if (!config.benchmark.empty()) row.benchmark = config.benchmark;
    LabelByScore(config, row);
    imported.manifest.rows.push_back(std::move(row));
  }
  return imported;
}

}  // namespace kallos::data
