#include <algorithm>
#include <cmath>

#include "lib/config/config.h"

namespace kallos {
namespace {

Rule NumberRule(std::string text, std::function<bool(double)> holds) {
  return {std::move(text), [holds = std::move(holds)](const std::string& value) {
            const std::optional<double> number = ParseDouble(value);
            return number && holds(*number);
          }};
}

}  // namespace

Rule NoRule() {
  return {"", [](const std::string&) { return true; }};
}

Rule Required() {
  Rule rule{"required", [](const std::string& value) { return !value.empty(); }};
  rule.required = true;
  return rule;
}

Rule InRange(double low, double high) {
  return NumberRule(fmt::format("in [{}, {}]", low, high),
                    [=](double x) { return x >= low && x <= high; });
}

Rule AtLeast(double low) {
  return NumberRule(fmt::format(">= {}", low), [=](double x) { return x >= low; });
}

Rule Above(double low) {
  return NumberRule(fmt::format("> {}", low), [=](double x) { return x > low; });
}

Rule OneOf(std::vector<std::string> names) {
  Rule rule{"one of " + Join(names, ", "), [names](const std::string& value) {
              return std::find(names.begin(), names.end(), value) != names.end();
            }};
  rule.choices = std::move(names);
  return rule;
}

std::optional<bool> ValueText<bool>::Parse(const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}
std::string ValueText<bool>::Format(const bool& value) {
  return value ? "true" : "false";
}
std::string ValueText<bool>::Type() {
  return "bool";
}

std::optional<int64_t> ValueText<int64_t>::Parse(const std::string& text) {
  return ParseInt(text);
}
std::string ValueText<int64_t>::Format(const int64_t& value) {
  return fmt::format("{}", value);
}
std::string ValueText<int64_t>::Type() {
  return "integer";
}

std::optional<uint64_t> ValueText<uint64_t>::Parse(const std::string& text) {
  const std::optional<int64_t> value = ParseInt(text);
  if (!value || *value < 0) return std::nullopt;
  return static_cast<uint64_t>(*value);
}
std::string ValueText<uint64_t>::Format(const uint64_t& value) {
  return fmt::format("{}", value);
}
std::string ValueText<uint64_t>::Type() {
  return "integer >= 0";
}

std::optional<double> ValueText<double>::Parse(const std::string& text) {
  const std::optional<double> value = ParseDouble(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}
std::string ValueText<double>::Format(const double& value) {
  return FormatDouble(value);
}
std::string ValueText<double>::Type() {
  return "number";
}

std::optional<std::string> ValueText<std::string>::Parse(const std::string& text) {
  return text;
}
std::string ValueText<std::string>::Format(const std::string& value) {
  return value;
}
std::string ValueText<std::string>::Type() {
  return "text";
}

std::optional<std::filesystem::path> ValueText<std::filesystem::path>::Parse(
    const std::string& text) {
  return text;
}
std::string ValueText<std::filesystem::path>::Format(const std::filesystem::path& value) {
  return value.string();
}
std::string ValueText<std::filesystem::path>::Type() {
  return "path";
}

}  // namespace kallos
