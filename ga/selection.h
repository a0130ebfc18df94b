// A search's key, and the file of what it selects.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ga/data.h"
#include "ga/evolution/search.h"
#include "ga/run_config.h"
#include "ga/search_file.h"

namespace kallos::ga {

inline constexpr const char* kSelectionFile = "selection.csv";

// SHA-256 of everything that decides which individuals a search makes and how fit they are.
std::string KeyOf(const RunConfig& config, const SearchData& data);
// What search.json says of it.
SearchFile SearchFileOf(const RunConfig& config, const SearchData& data,
                        const SearchSettings& search);
// Of evaluating and breeding, resumed runs added up.
double SecondsOf(const SearchResult& result);

// Publishes folder/selection.csv: index, where each column comes from, and what it was selected on.
// False when the file holds the same already.
bool WriteSelection(const std::filesystem::path& folder, const SearchData& data,
                    const Genome& genome, const std::string& selected_on);

}  // namespace kallos::ga
