// What models are called in tables and folders, by where they lie.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kallos::eval {

// That of the folder or, of a file, its own: "head1" for runs/head1, runs/head1/bundle,
// runs/head1/predictions.csv and head1.csv. Whole paths where those do not tell the models apart.
std::vector<std::string> ModelNames(const std::vector<std::filesystem::path>& models);

// Violations of `names` as names for so many models; none where it is empty.
std::vector<std::string> NameFaults(const std::vector<std::string>& names, size_t models);

// A folder's name for each, without slashes and the like. Throws UsageError
// where two would be the same.
std::vector<std::string> FolderNames(const std::vector<std::string>& names);

}  // namespace kallos::eval
