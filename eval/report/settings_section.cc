#include <algorithm>

#include "eval/report/sections.h"
#include "lib/core/text.h"

namespace kallos::report {
namespace {

std::string CommandsText(std::vector<Run> runs) {
  std::ranges::stable_sort(runs, {}, [](const Run& run) { return run.record->started; });
  std::vector<std::string> commands;  // a search records its own with its head and its test
  for (const Run& run : runs) {
    if (!std::ranges::count(commands, run.record->command)) commands.push_back(run.record->command);
  }
  return Join(commands, "\n");
}

std::string SettingsText(const RecordedRun& record) {
  std::string text = "# " + record.command + "\n# kallos " + record.version + ", commit " +
                     record.commit + ", started " + record.started + ", ended " + record.ended +
                     "\n";
  for (const auto& [name, value] : record.machine) text += "# " + name + ": " + value + "\n";
  for (const RecordedRun::Setting& setting : record.config) {
    const std::string values =
        setting.values.size() == 1 ? setting.values[0] : "[" + Join(setting.values, ", ") + "]";
    text += setting.name + ": " + (setting.values.empty() ? "~" : values) + "\n";
  }
  for (const auto& [name, value] : record.facts) text += "# " + name + ": " + value + "\n";
  return text;
}

}  // namespace

document::Section SettingsSection(const std::vector<Run>& runs) {
  document::Section section{"Settings and how to reproduce it"};
  std::vector<Run> recorded;
  std::ranges::copy_if(runs, std::back_inserter(recorded),
                       [](const Run& run) { return run.record.has_value(); });
  if (recorded.empty()) return section;
  section.blocks.emplace_back(
      document::Paragraph{"The same commands in the same order, with the same files, give the same "
                          "numbers, at any number of threads."});
  section.blocks.emplace_back(document::Listing{"Commands", CommandsText(recorded)});
  for (const Run& run : recorded)
    section.blocks.emplace_back(
        document::Listing{"Settings of " + run.name, SettingsText(*run.record)});
  return section;
}

}  // namespace kallos::report
