#include "ga/evolution/settings.h"

namespace kallos::ga {

void ValidateSettings(const Settings& s, Violations& violations) {
  const auto require = [&](bool holds, std::string text) {
    if (!holds) violations.push_back(std::move(text));
  };
  require(s.elite <= s.parents,
          fmt::format("--elite {} exceeds --parents {}: the elite are the first parents", s.elite,
                      s.parents));
  require(s.parents <= s.population,
          fmt::format("--parents {} exceeds --population {}; give a smaller number of parents",
                      s.parents, s.population));
  require(s.window <= s.parents,
          fmt::format("--window {} exceeds --parents {}: a child has at most all parents", s.window,
                      s.parents));
  require(s.migrants <= s.population,
          fmt::format("--migrants {} exceeds --population {}", s.migrants, s.population));
  require(s.selection == Selection::kTournament || s.tournament == Settings().tournament,
          "--tournament belongs to --selection tournament");
  const bool rungs =
      s.look_factor != Settings().look_factor || s.look_check != Settings().look_check;
  require(s.first_looks > 0 || !rungs,
          "--look-factor and --look-check need --first-looks 1 or more");
  const bool migrates =
      s.migrants != Settings().migrants || s.migrate_every != Settings().migrate_every;
  require(s.islands > 1 || !migrates, "--migrants and --migrate-every need --islands 2 or more");
}

std::string CourseOf(const Settings& settings) {
  Settings copy = settings;
  copy.generations = copy.stagnation = copy.evaluations = 0;
  copy.hours = 0;
  FieldList fields;
  DescribeSettings(fields, copy);
  return FormatConfig(fields.fields(), false);
}

}  // namespace kallos::ga
