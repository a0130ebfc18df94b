// Enums as words: on the command line, in YAML files and in what is written.
//
//   enum class Balance { kWeights, kNone, kSampler };
//   inline NamedValues<Balance> EnumTable(Balance) {
//     using enum Balance;
//     return {{kWeights, "weights"}, {kNone, "none"}, {kSampler, "sampler"}};
//   }
//
// EnumTable stands directly below its enum, in the same namespace, where argument-dependent lookup
// finds it; its argument only names the type.
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "lib/core/error.h"

namespace kallos {

// Every value of an enum with its name, in the order in which --help lists them.
template <typename E>
using NamedValues = std::vector<std::pair<E, std::string>>;

// The name of a value that the table holds; BugError for another.
template <typename E>
std::string EnumName(E value) {
  for (const auto& [candidate, name] : EnumTable(value)) {
    if (candidate == value) return name;
  }
  throw BugError("enum value without a name");
}

// The value of a name; nothing where no value has it.
template <typename E>
std::optional<E> EnumValue(const std::string& text) {
  for (const auto& [value, name] : EnumTable(E{})) {
    if (name == text) return value;
  }
  return std::nullopt;
}

// The names in the order of the table.
template <typename E>
std::vector<std::string> EnumNames() {
  std::vector<std::string> names;
  for (const auto& entry : EnumTable(E{})) names.push_back(entry.second);
  return names;
}

}  // namespace kallos
