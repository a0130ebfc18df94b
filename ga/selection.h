// What a selection goes through, whoever chose it: its file and the rows that it is measured on.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ga/data.h"
#include "ga/evolution/search.h"
#include "ga/run_config.h"
#include "ga/search_file.h"
#include "lib/run/run.h"
#include "lib/store/manifest.h"

namespace kallos::ga {

inline constexpr const char* kSelectionFile = "selection.csv";
inline constexpr const char* kHeadFolder = "head";

// Of everything that decides a search's course.
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

// The head of the result: trained on the columns of folder/selection.csv into folder/head, by the
// search's recipe, seed and rows; gone on from where it was stopped.
void TrainFinalHead(const RunConfig& config, const std::filesystem::path& folder,
                    RunContext& context);

// The labelled rows of the split 'test' and of benchmarks.
std::vector<store::ManifestRow> TestRows(const RunConfig& config);

}  // namespace kallos::ga
