#include "lib/config/config.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <map>

#include "lib/config/yaml_file.h"

namespace kallos {
namespace {

namespace po = boost::program_options;
using Texts = std::vector<std::string>;

// A word of the command line: --name, --name=value, or one that is no flag.
struct Word {
  bool is_flag = false;
  std::string text;                  // the name without dashes, or the word
  std::optional<std::string> value;  // what follows '='
};

// Boost.Program_options tells flags from other words. It is told of no option, since it would stop
// at the first error, where we report all of them at once.
std::vector<Word> SplitWords(const Texts& arguments) {
  const auto empty_value = [](const std::string& word) {  // --name=, which Boost refuses
    const bool is_empty = word.starts_with("--") && word.find('=') + 1 == word.size();
    std::string name = is_empty ? word.substr(2, word.size() - 3) : "";
    return std::pair(is_empty && name.empty() ? "=" : name, std::string());
  };
  using namespace po::command_line_style;
  const po::options_description none;
  po::command_line_parser parser(arguments);
  parser.options(none).allow_unregistered().extra_parser(empty_value);
  parser.style(allow_long | long_allow_adjacent | long_allow_next);
  std::vector<Word> words;
  for (const po::option& option : parser.run().options) {
    const bool by_us = option.original_tokens.empty();  // Boost keeps no word of extra_parser's
    if (by_us || option.original_tokens[0].starts_with("--")) {
      words.push_back({true, option.string_key, by_us ? std::optional("") : std::nullopt});
      if (!option.value.empty()) words.back().value = option.value[0];
    } else {
      words.push_back({false, option.original_tokens[0], {}});
    }
  }
  return words;
}

Field* FindField(std::vector<Field>& fields, const std::string& name) {
  const auto found = std::ranges::find_if(
      fields, [&](const Field& field) { return field.name == name && !field.positional; });
  return found == fields.end() ? nullptr : &*found;
}

std::string UnknownFlag(const std::vector<Field>& fields, const std::string& name) {
  Texts names;
  for (const Field& field : fields) {
    if (!field.positional) names.push_back("--" + field.name);
  }
  return fmt::format("unknown flag '--{}'{}", name, DidYouMean("--" + name, names));
}

bool IsShortFlag(const std::string& word) {  // -x; a negative number is none
  return word.size() == 2 && word[0] == '-' && std::isalpha(static_cast<unsigned char>(word[1]));
}

// Gives the words to the flags that they belong to; types are not looked at.
class WordSorter {
 public:
  WordSorter(std::vector<Field>& fields, Violations& violations)
      : fields_(fields), violations_(violations) {}

  void Sort(const Texts& arguments) {
    const auto end = std::ranges::find(arguments, "--");
    const std::vector<Word> words = SplitWords({arguments.begin(), end});
    for (size_t i = 0; i < words.size(); ++i) {
      const bool has_next = i + 1 < words.size() && !words[i + 1].is_flag;
      if (words[i].is_flag) {
        const std::string* next = has_next ? &words[i + 1].text : nullptr;
        if (TakesNext(words[i], next)) ++i;
      } else if (IsShortFlag(words[i].text)) {
        violations_.push_back(
            fmt::format("unknown flag '{}'; flags are written --name", words[i].text));
      } else {
        positional.push_back(words[i].text);
      }
    }
    if (end != arguments.end()) positional.insert(positional.end(), end + 1, arguments.end());
  }

  std::map<std::string, Texts> by_name;
  Texts positional;

 private:
  // Takes one flag; whether `next`, the word after it, was its value.
  bool TakesNext(const Word& flag, const std::string* next) {
    const Field* negated =
        flag.text.starts_with("no-") ? FindField(fields_, flag.text.substr(3)) : nullptr;
    if (negated != nullptr && negated->is_bool && !flag.value) {
      if (by_name.contains(negated->name)) GivenTwice(flag);
      by_name[negated->name] = {"false"};
      return false;
    }
    const Field* field = FindField(fields_, flag.text);
    if (field == nullptr) {
      violations_.push_back(UnknownFlag(fields_, flag.text));
      return !flag.value && next != nullptr;
    }
    Texts& texts = by_name[field->name];
    if (!field->is_list && !texts.empty()) GivenTwice(flag);
    if (flag.value || field->is_bool) {
      texts.push_back(flag.value.value_or("true"));
      return false;
    }
    if (next == nullptr) {
      violations_.push_back(fmt::format("--{} needs a value ({})", flag.text, field->type));
      by_name.erase(flag.text);
      return false;
    }
    texts.push_back(*next);
    return true;
  }

  void GivenTwice(const Word& flag) {
    violations_.push_back(fmt::format("--{} is given twice", flag.text));
  }

  std::vector<Field>& fields_;
  Violations& violations_;
};

void AssignTexts(Field& field, std::vector<std::string> texts, Violations& violations) {
  if (field.is_list && (field.is_number || field.is_enum)) texts = Split(Join(texts, ","), ',');
  if (field.assign(texts)) {
    field.origin = Origin::kFlag;
  } else {
    field.unreadable = true;
    violations.push_back(fmt::format("{}{}: expected {}, found '{}'", field.positional ? "" : "--",
                                     field.name, field.type, Join(texts, ",")));
  }
}

void AssignPositional(const Texts& words, std::vector<Field>& fields, Violations& violations) {
  size_t used = 0;
  for (Field& field : fields) {
    if (!field.positional || used == words.size()) continue;
    const size_t take = field.is_list ? words.size() - used : 1;
    const auto begin = words.begin() + static_cast<ptrdiff_t>(used);
    AssignTexts(field, {begin, begin + static_cast<ptrdiff_t>(take)}, violations);
    used += take;
  }
  for (; used < words.size(); ++used)
    violations.push_back(fmt::format("unexpected argument '{}'", words[used]));
}

std::string YamlScalar(const std::string& text, bool is_plain) {
  if (is_plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    quoted += control ? fmt::format("\\x{:02x}", c) : std::string(1, c);
  }
  return quoted + "\"";
}

std::string YamlValue(const Field& field) {
  const bool plain = field.is_number || field.is_bool;
  std::vector<std::string> texts = field.values();
  if (texts.empty()) return field.is_list ? "[]" : "";
  for (std::string& text : texts) text = YamlScalar(text, plain);
  return field.is_list ? "[" + Join(texts, ", ") + "]" : texts[0];
}

}  // namespace

void ParseConfig(std::vector<Field>& fields, const std::vector<std::string>& arguments,
                 Violations& violations) {
  WordSorter words(fields, violations);
  words.Sort(arguments);
  const auto config = words.by_name.find("config");
  if (config != words.by_name.end()) ApplyYamlFile(config->second.back(), fields, violations);
  for (const auto& [name, texts] : words.by_name)
    AssignTexts(*FindField(fields, name), texts, violations);
  AssignPositional(words.positional, fields, violations);
}

void CheckRules(const std::vector<Field>& fields, Violations& violations) {
  for (const Field& field : fields) {
    if (field.unreadable) continue;
    const std::string shown = field.positional ? field.name : "--" + field.name;
    const std::vector<std::string> values = field.values();
    if (field.rule.required && (values.empty() || values[0].empty())) {
      violations.push_back(shown + " is required: " + field.help);
      continue;
    }
    for (const std::string& value : values) {
      if (!field.rule.holds(value)) {
        violations.push_back(fmt::format("{} = {}; must be {}", shown, value, field.rule.text));
      }
    }
  }
}

void ThrowIfAny(const Violations& violations) {
  if (violations.empty()) return;
  throw UsageError("{}",
                   violations.size() == 1 ? violations[0] : "\n  " + Join(violations, "\n  "));
}

std::string FormatConfig(const std::vector<Field>& fields, bool with_origin) {
  constexpr const char* kOrigins[] = {"default", "file", "flag"};
  std::string text;
  for (const Field& field : fields) {
    if (field.flag_only) continue;
    std::string line = field.name + ": " + YamlValue(field);
    if (with_origin)
      line = fmt::format("{:<40}  # {}", line, kOrigins[static_cast<size_t>(field.origin)]);
    text += line + "\n";
  }
  return text;
}

std::string FormatConfigWithout(std::vector<Field> fields, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const size_t removed =
        std::erase_if(fields, [&](const Field& field) { return field.name == name; });
    KALLOS_CHECK(removed == 1, "no field {}", name);
  }
  return FormatConfig(fields, false);
}

std::string FormatHelp(const std::vector<Field>& fields) {
  std::string text;
  for (const Field& field : fields) {
    std::string flag = field.positional ? field.name : "--" + field.name;
    if (!field.is_bool) flag += " <" + field.type + ">";
    if (field.is_list) flag += " ...";
    std::string notes = field.rule.text;
    if (!field.defaults.empty() && !field.defaults[0].empty() && !field.rule.required) {
      notes += fmt::format("{}default {}", notes.empty() ? "" : "; ", Join(field.defaults, ","));
    }
    text += fmt::format("  {}\n      {}{}\n", flag, field.help,
                        notes.empty() ? "" : " [" + notes + "]");
  }
  return text;
}

}  // namespace kallos
