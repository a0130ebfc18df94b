// The head on a selection, whoever chose it: trained, and asked about the test rows, on the
// features that the search has read.
#pragma once

#include <filesystem>

#include "ga/run_config.h"
#include "lib/model/bundle_predictions.h"
#include "lib/run/run.h"
#include "lib/store/joined.h"

namespace kallos::ga {

inline constexpr const char* kHeadFolder = "head";

// Trains on the columns of folder/selection.csv into folder/head, by the search's recipe, rows and
// the context's seed; goes on from where it was stopped. Adds to the context's record.
void TrainFinalHead(const RunConfig& config, const store::JoinedFeatures& features,
                    const std::filesystem::path& folder, RunContext& context);

// What the bundle folder/head/bundle says about the test rows.
model::BundlePredictions PredictTest(const RunConfig& config, const store::JoinedFeatures& features,
                                     const std::filesystem::path& folder);

// PredictTest evaluated into folder/test, with a run.yaml, and printed. Adds what was read to the
// context's record.
measures::Report EvaluateOnTest(const RunConfig& config, const store::JoinedFeatures& features,
                                const std::filesystem::path& folder, RunContext& context);

inline constexpr const char* kTestFolder = "test";

}  // namespace kallos::ga
