// What a model said about the photographs of one view, kept on disk while others are still to be judged.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace kallos::eval {

using ProbabilityById = std::map<std::string, double>;

// CSV id,probability. Nothing where there is no such file; throws InputError naming file and line where it is damaged.
ProbabilityById ReadViewCache(const std::filesystem::path& file);
// Published atomically; the same probabilities give the same bytes.
void WriteViewCache(const std::filesystem::path& file, const ProbabilityById& probabilities);

}  // namespace kallos::eval
