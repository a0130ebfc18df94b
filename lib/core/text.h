// Small text helpers, independent of the locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kallos {

std::vector<std::string> Split(std::string_view text, char separator);
std::string Join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view Trim(std::string_view text);
std::string ToLower(std::string_view text);  // ASCII only

// The whole text as a number, or nothing. Decimal point whatever the locale.
std::optional<double> ParseDouble(std::string_view text);
std::optional<int64_t> ParseInt(std::string_view text);
// The shortest decimal text that reads back to the same number.
std::string FormatDouble(double value);
std::string FormatCount(int64_t value);     // 1,234,567
std::string FormatBytes(uint64_t bytes);    // 1.5 GiB
std::string FormatSeconds(double seconds);  // 0.8 s, 2:05, 1:02:03

// As one word of a POSIX shell: in single quotes where anything in it means something else there.
std::string ShellQuoted(const std::string& word);

bool IsValidUtf8(std::string_view text);

// The candidate nearest to `word` by edit distance, if it is near enough to be a likely typo.
std::optional<std::string> NearestName(std::string_view word,
                                       const std::vector<std::string>& candidates);
// ", did you mean 'x'?" or "".
std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace kallos
