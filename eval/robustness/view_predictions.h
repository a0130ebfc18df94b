// What a model bundle says about photographs in several views; goes on where
// an earlier run stopped.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eval/robustness/config.h"
#include "lib/measures/predictions.h"
#include "lib/run/run_record.h"
#include "lib/store/feature_store.h"

namespace kallos::eval {

struct ViewPredictions {
  View view;
  std::vector<measures::Prediction> predictions;
};

struct AllViews {
  // As ViewsOf has them; the same photographs in each, sorted by id.
  std::vector<ViewPredictions> views;
  // Photographs that failed in some view, which count in none; sorted by id.
  std::vector<store::Skipped> skipped;
  // For the table.
  std::vector<std::string> notes;
};

// The labelled rows of the split, those of a benchmark for "test" and "all". Their features are
// kept in config.ViewsFolder(), by view (ViewStores), so that another head on the same extractors
// reads no photograph. The same result whether or not the run was interrupted. Throws InputError
// when there are no such rows, or none that can be read, and as FillViews does.
AllViews PredictViews(const RobustnessConfig& config, uint64_t seed, RunRecord& record);

}  // namespace kallos::eval
