#include "ga/selection.h"

#include "ga/fitness/device_fitness.h"
#include "lib/core/csv.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"

namespace kallos::ga {
namespace {

// Raised when the same settings would make other individuals or give them other fitnesses.
constexpr const char* kCodeVersion = "1";

}  // namespace

std::string KeyOf(const RunConfig& config, const SearchData& data) {
  return Sha256Hex(fmt::format("ga {}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", kCodeVersion,
                               CourseOf(config.search), data.head_data.key, EnumName(config.metric),
                               EnumName(config.rows), config.folds, EnumName(config.look_by),
                               ArithmeticOf(FitnessSettingsOf(config))));
}

SearchFile SearchFileOf(const RunConfig& config, const SearchData& data,
                        const SearchSettings& search) {
  SearchFile content{search.key,
                     search.seed,
                     search.settings,
                     EnumName(config.rows),
                     EnumName(config.metric),
                     {},
                     LayersOf(data.columns)};
  for (const model::BundlePart& part : data.head_data.frame.parts)
    content.features.push_back(part.fingerprint +
                               (part.reduction ? " " + part.reduction->key : ""));
  return content;
}

double SecondsOf(const SearchResult& result) {
  double seconds = 0;
  for (const TimingRow& row : result.timing) seconds += row.evaluating + row.breeding;
  return seconds;
}

bool WriteSelection(const fs::path& folder, const SearchData& data, const Genome& genome,
                    const std::string& selected_on) {
  CsvTable table{{"index", "extractor", "layer", "channel", "selected_on"}, {}, {}};
  for (const int32_t index : genome) {
    const ColumnName& name = data.columns[index];
    table.rows.push_back({std::to_string(index), name.extractor, name.layer,
                          std::to_string(name.channel), selected_on});
  }
  const fs::path file = folder / kSelectionFile;
  const std::string text = FormatCsv(table);
  if (fs::exists(file) && ReadFile(file) == text) return false;
  PublishBytes(file, text);
  return true;
}

}  // namespace kallos::ga
