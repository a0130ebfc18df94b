#include "eval/view_cache.h"

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::eval {
namespace {

const std::vector<std::string> kColumns = {"id", "probability"};

}  // namespace

ProbabilityById ReadViewCache(const fs::path& file) {
  ProbabilityById probabilities;
  if (!fs::exists(file)) return probabilities;
  const CsvTable table = ReadCsv(file);
  const auto refuse = [&](size_t line) {
    throw InputError("{}:{}: expected id,probability as this command wrote it; --fresh starts over", PathText(file),
                     line);
  };
  if (table.columns != kColumns) refuse(1);
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const std::optional<double> p = ParseDouble(table.rows[i][1]);
    if (!p || !(*p >= 0 && *p <= 1) || !probabilities.emplace(table.rows[i][0], *p).second) refuse(table.lines[i]);
  }
  return probabilities;
}

void WriteViewCache(const fs::path& file, const ProbabilityById& probabilities) {
  CsvTable table{kColumns, {}, {}};
  for (const auto& [id, p] : probabilities) table.rows.push_back({id, FormatDouble(p)});
  WriteCsv(file, table);
}

}  // namespace kallos::eval
