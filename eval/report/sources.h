// Where the files that a run read are now, and whether they are still the same.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/run/recorded_run.h"

namespace kallos::report {

// A recorded run, and the folder or file that it made.
struct Origin {
  std::filesystem::path path;
  RecordedRun record;
};

// A path as a run names it, as a path from here: as it is where it exists, else from the folder
// that the command ran in, which the run's place and its --out tell.
std::filesystem::path PathFromHere(const Origin& origin, const std::string& named);

// What a run read: the paths in its config and among its inputs, as named there; files inside of
// these are left out.
std::vector<std::string> SourcesOf(const RecordedRun& record);

// How a file or folder was made: its own record, or that of the run that it is a part of (the
// bundle of a training, the predictions of a benchmark). None where nothing says so.
std::optional<Origin> OriginOf(const std::filesystem::path& path);

// "sha256 81f8257e7930", and whether the run recorded another one: "changed since". `path`: a file,
// a bundle or a feature store; "" for other folders.
std::string StateOf(const std::filesystem::path& path, const std::string& named,
                    const RecordedRun& record);

}  // namespace kallos::report
