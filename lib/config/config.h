// One declaration per config struct drives flags, YAML, --help, checks, --print-config, man pages
// and completion.
//
//   struct SplitConfig {
//     std::filesystem::path manifest;
//     double val = 0.15;
//     std::vector<int64_t> hidden = {2048, 1024, 256};
//   };
//
//   template <class V>
//   void Describe(V& v, SplitConfig& c) {
//     v.Positional("manifest", c.manifest, Required(), "The manifest to split.");
//     v("val", c.val, InRange(0, 1), "Fraction of the rows for validation.");
//     v("hidden", c.hidden, AtLeast(1), "Units of each hidden layer.");
//   }
//
// Field types: bool, int64_t, uint64_t, double, std::string, std::filesystem::path, enums that have
// an EnumTable (lib/core/enum_names.h), and std::optional and std::vector of these.
//
// On the command line: --val 0.2 or --val=0.2; a bool is --name or --no-name; the flag of a vector
// may be given again and appends, numbers and enums also as 1,2,3; all words after -- are
// positional. In YAML the key is the flag's name without dashes, a vector is a list, an unset
// optional is empty or ~, and a number or bool is not quoted.
//
// Rules over several fields: `void Validate(const SplitConfig&, Violations&)` beside the struct,
// found by argument-dependent lookup.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "lib/core/enum_names.h"
#include "lib/core/error.h"
#include "lib/core/text.h"

namespace kallos {

using Violations = std::vector<std::string>;

// A constraint on every value of a field, on the text that the value is written as.
struct Rule {
  std::string text;  // "in [0, 1]", for --help and messages
  std::function<bool(const std::string& value)> holds;
  bool required = false;
  std::vector<std::string> choices = {};  // all values that hold, where they are few words
};

Rule NoRule();
Rule Required();
Rule InRange(double low, double high);
Rule AtLeast(double low);
Rule Above(double low);
Rule OneOf(std::vector<std::string> names);

// One value as text, and back; nothing where the text is not of the type.
template <typename T>
struct ValueText {
  static_assert(
      requires(T value) { EnumTable(value); },
      "neither a type of the list at the top of config.h nor an enum with an EnumTable");
  static std::optional<T> Parse(const std::string& text) { return EnumValue<T>(text); }
  static std::string Format(T value) { return EnumName(value); }
  static std::string Type() { return Join(EnumNames<T>(), "|"); }
};

#define KALLOS_VALUE_TEXT(T)                                \
  template <>                                               \
  struct ValueText<T> {                                     \
    static std::optional<T> Parse(const std::string& text); \
    static std::string Format(const T& value);              \
    static std::string Type();                              \
  };
KALLOS_VALUE_TEXT(bool)
KALLOS_VALUE_TEXT(int64_t)
KALLOS_VALUE_TEXT(uint64_t)
KALLOS_VALUE_TEXT(double)
KALLOS_VALUE_TEXT(std::string)
KALLOS_VALUE_TEXT(std::filesystem::path)
#undef KALLOS_VALUE_TEXT

enum class Origin { kDefault, kFile, kFlag };

// A field of a config struct, its type erased.
struct Field {
  std::string name;
  std::string help;
  std::string type;                  // "number", "path", "fast|exact"
  std::vector<std::string> choices;  // all words that it takes, where they are few; else empty
  Rule rule;
  bool positional = false;
  bool is_bool = false;
  bool is_list = false;
  bool is_number = false;
  bool is_enum = false;
  bool is_optional = false;
  bool flag_only = false;   // no key of the YAML file, and not part of the effective config
  bool unreadable = false;  // its text is not of the type: reported, and no rule looks at it
  Origin origin = Origin::kDefault;
  std::vector<std::string> defaults;
  std::function<bool(const std::vector<std::string>& texts)> assign;  // false: not of the type
  std::function<std::vector<std::string>()> values;                   // empty = unset
};

// The visitor that Describe calls: collects the fields.
class FieldList {
 public:
  template <typename T>
  void operator()(const std::string& name, T& value, const Rule& rule, const std::string& help) {
    Add(name, value, rule, help, false);
  }
  template <typename T>
  void operator()(const std::string& name, T& value, const std::string& help) {
    Add(name, value, NoRule(), help, false);
  }
  template <typename T>
  void Positional(const std::string& name, T& value, const Rule& rule, const std::string& help) {
    Add(name, value, rule, help, true);
  }

  std::vector<Field>& fields() { return fields_; }

 private:
  template <typename T>
  void Add(const std::string& name, T& value, const Rule& rule, const std::string& help,
           bool positional);
  std::vector<Field> fields_;
};

// Fills the fields from `arguments` (the words after the subcommand) over the YAML file that
// --config names among them. Everything that is wrong is appended to `violations`.
void ParseConfig(std::vector<Field>& fields, const std::vector<std::string>& arguments,
                 Violations& violations);

// The rules of every field; appended to `violations`.
void CheckRules(const std::vector<Field>& fields, Violations& violations);
// One UsageError that lists them all, if there are any.
void ThrowIfAny(const Violations& violations);

// The values as YAML, each line with its origin as a comment where asked.
std::string FormatConfig(const std::vector<Field>& fields, bool with_origin);
// The same without the fields of these names, all of which there must be.
std::string FormatConfigWithout(std::vector<Field> fields, const std::vector<std::string>& names);
// The flags of --help, with types, rules and defaults.
std::string FormatHelp(const std::vector<Field>& fields);

// FormatConfigWithout of a config struct: the settings that decide a result, where `names` are
// those that do not.
template <typename Config>
std::string SettingsWithout(Config config, const std::vector<std::string>& names) {
  FieldList list;
  Describe(list, config);
  return FormatConfigWithout(std::move(list.fields()), names);
}

// ---- implementation of the templates ----

template <typename T>
struct FieldAccess {  // one value
  using Value = T;
  static constexpr bool kList = false;
  static constexpr bool kOptional = false;
  static bool Assign(T& field, const std::vector<std::string>& texts) {
    const std::optional<T> value = ValueText<T>::Parse(texts.back());
    if (value) field = *value;
    return value.has_value();
  }
  static std::vector<std::string> Values(const T& field) { return {ValueText<T>::Format(field)}; }
};

template <typename T>
struct FieldAccess<std::optional<T>> {
  using Value = T;
  static constexpr bool kList = false;
  static constexpr bool kOptional = true;
  static bool Assign(std::optional<T>& field, const std::vector<std::string>& texts) {
    field.reset();
    if (texts.empty()) return true;
    field = ValueText<T>::Parse(texts.back());
    return field.has_value();
  }
  static std::vector<std::string> Values(const std::optional<T>& field) {
    return field ? std::vector<std::string>{ValueText<T>::Format(*field)}
                 : std::vector<std::string>{};
  }
};

template <typename T>
struct FieldAccess<std::vector<T>> {
  using Value = T;
  static constexpr bool kList = true;
  static constexpr bool kOptional = false;
  static bool Assign(std::vector<T>& field, const std::vector<std::string>& texts) {
    std::vector<T> values;
    for (const std::string& text : texts) {
      const std::optional<T> value = ValueText<T>::Parse(text);
      if (!value) return false;
      values.push_back(*value);
    }
    field = std::move(values);
    return true;
  }
  static std::vector<std::string> Values(const std::vector<T>& field) {
    std::vector<std::string> texts;
    for (const T& value : field) texts.push_back(ValueText<T>::Format(value));
    return texts;
  }
};

template <typename T>
void FieldList::Add(const std::string& name, T& value, const Rule& rule, const std::string& help,
                    bool positional) {
  using Access = FieldAccess<T>;
  Field field;
  field.name = name;
  field.help = help;
  field.type = ValueText<typename Access::Value>::Type();
  field.choices = rule.choices;
  if constexpr (std::is_enum_v<typename Access::Value>)
    field.choices = EnumNames<typename Access::Value>();
  field.rule = rule;
  field.positional = positional;
  field.is_bool = std::is_same_v<typename Access::Value, bool>;
  field.is_list = Access::kList;
  field.is_number = std::is_arithmetic_v<typename Access::Value> && !field.is_bool;
  field.is_enum = std::is_enum_v<typename Access::Value>;
  field.is_optional = Access::kOptional;
  field.assign = [&value](const std::vector<std::string>& texts) {
    return Access::Assign(value, texts);
  };
  field.values = [&value] { return Access::Values(value); };
  field.defaults = field.values();
  fields_.push_back(std::move(field));
}

}  // namespace kallos
