#include "ga/compare_config.h"

#include <algorithm>
#include <set>

namespace kallos::ga {
namespace {

std::vector<std::string> NamesOf(const CompareConfig& config) {
  std::vector<std::string> names;
  for (const std::string& given : config.methods) {
    for (const std::string& name : Split(given, ',')) names.emplace_back(Trim(name));
  }
  return names;
}

}  // namespace

void Validate(const CompareConfig& config, Violations& violations) {
  Validate(config.run, violations);
  std::vector<std::string> known;
  for (const Method& method : Methods()) known.push_back(method.name);
  std::set<std::string> seen;
  for (const std::string& name : NamesOf(config)) {
    if (std::ranges::find(known, name) == known.end()) {
      violations.push_back(fmt::format("--methods: unknown method '{}'{}; there are {}", name,
                                       DidYouMean(name, known), Join(known, ", ")));
    } else if (!seen.insert(name).second) {
      violations.push_back(fmt::format("--methods: '{}' is named twice", name));
    }
  }
  if (seen.contains(kRandomMethod) && !seen.contains(kSearchMethod))
    violations.push_back("--methods: random trains as many individuals as ga did; name ga too");
}

std::vector<Method> ChosenMethods(const CompareConfig& config) {
  const std::vector<std::string> names = NamesOf(config);
  std::vector<Method> methods = Methods();
  std::erase_if(methods, [&](const Method& method) {
    return std::ranges::find(names, method.name) == names.end();
  });
  return methods;
}

}  // namespace kallos::ga
