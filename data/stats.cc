#include "data/stats.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "lib/core/text.h"

namespace kallos::data {
namespace {

using store::Manifest;
using store::ManifestRow;
using Table = std::vector<std::vector<std::string>>;

// Columns as wide as their widest cell; the first two to the left, the others to the right.
std::string FormatTable(const Table& table) {
  std::vector<size_t> width(table[0].size());
  for (const auto& row : table) {
    for (size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], row[i].size());
  }
  std::string text;
  for (const auto& row : table) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i)
      line += i < 2 ? fmt::format("{:<{}}  ", row[i], width[i])
                    : fmt::format("{:>{}}  ", row[i], width[i]);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

struct Counts {
  int64_t good = 0;
  int64_t bad = 0;
  int64_t unlabelled = 0;

  void Add(const ManifestRow& row) { ++(!row.label ? unlabelled : *row.label == 1 ? good : bad); }
  int64_t total() const { return good + bad + unlabelled; }
  std::vector<std::string> Cells() const {
    const double labelled = good + bad;
    return {FormatCount(total()), FormatCount(good), FormatCount(bad), FormatCount(unlabelled),
            labelled > 0 ? fmt::format("{:.1f} %", 100.0 * good / labelled) : "-"};
  }
};

std::string OrDash(const std::string& text) {
  return text.empty() ? "-" : text;
}

// min, median and max of some numbers, as the cells of a row.
std::vector<std::string> Spread(const std::string& name, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  double sum = 0;
  for (const double value : values) sum += value;
  const auto text = [](double value) { return fmt::format("{:.6g}", value); };
  return {name,
          "",
          FormatCount(values.size()),
          text(values.front()),
          text(values[values.size() / 2]),
          text(values.back()),
          text(sum / values.size())};
}

std::string SpreadTable(const Manifest& manifest) {
  std::map<std::string, std::vector<double>> values;
  for (const ManifestRow& row : manifest.rows) {
    if (row.score) values["score"].push_back(*row.score);
    if (row.width <= 0 || row.height <= 0) continue;
    values["width"].push_back(row.width);
    values["height"].push_back(row.height);
    values["megapixels"].push_back(row.width * row.height / 1e6);
  }
  if (values.empty()) return "";
  Table table = {{"", "", "known", "min", "median", "max", "mean"}};
  for (const auto& [name, numbers] : values) table.push_back(Spread(name, numbers));
  return "\n" + FormatTable(table);
}

std::string NamesTable(const Manifest& manifest) {
  std::map<std::string, int64_t> formats;
  std::map<std::string, int64_t> copies;
  std::set<std::string> groups;
  for (const ManifestRow& row : manifest.rows) {
    ++formats[ToLower(std::filesystem::path(row.path).extension().string())];
    if (!row.sha256.empty()) ++copies[row.sha256];
    if (!row.group.empty()) groups.insert(row.group);
  }
  std::vector<std::string> parts;
  for (const auto& [name, count] : formats)
    parts.push_back(fmt::format("{} {}", OrDash(name), FormatCount(count)));
  int64_t repeated = 0;
  for (const auto& [hash, count] : copies) repeated += count - 1;
  return fmt::format("\nformats: {}\ngroups: {}; rows that repeat the bytes of another: {}\n",
                     Join(parts, ", "), FormatCount(groups.size()), FormatCount(repeated));
}

}  // namespace

std::string CountsTable(const Manifest& manifest) {
  std::map<std::pair<std::string, std::string>, Counts> parts;
  Counts all;
  for (const ManifestRow& row : manifest.rows) {
    parts[{row.benchmark, row.split}].Add(row);
    all.Add(row);
  }
  Table table = {{"benchmark", "split", "rows", "good", "bad", "no label", "good share"}};
  const auto add = [&](const std::string& benchmark, const std::string& split,
                       const Counts& counts) {
    table.push_back({benchmark, split});
    for (std::string& cell : counts.Cells()) table.back().push_back(std::move(cell));
  };
  for (const auto& [key, counts] : parts) add(OrDash(key.first), OrDash(key.second), counts);
  if (parts.size() > 1) add("all", "", all);
  return FormatTable(table);
}

void PrintCounts(const Manifest& manifest) {
  std::fputs(CountsTable(manifest).c_str(), stdout);
}

void RunStats(const StatsConfig& config, RunContext&) {
  const Manifest manifest = store::ReadManifest(config.manifest, false);
  PrintCounts(manifest);
  std::fputs((SpreadTable(manifest) + NamesTable(manifest)).c_str(), stdout);
}

}  // namespace kallos::data
