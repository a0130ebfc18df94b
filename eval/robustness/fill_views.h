// Photographs to the feature stores of their views.
#pragma once

#include <cstdint>
#include <vector>

#include "eval/robustness/config.h"
#include "eval/robustness/view_stores.h"
#include "lib/model/bundle.h"
#include "lib/store/manifest.h"

namespace kallos::eval {

// Makes what the stores of these views lack, a few photographs at a time; the transformed ones are
// never written. All backbones see the same transformed photograph, except as published: there each
// has random numbers of its own. Shows progress. Throws as MakeExtractors does, EnvironmentError
// where this build has no OpenCV or LibTorch, InterruptedError when a stop is requested.
void FillViews(const ViewStores& stores, const std::vector<View>& views,
               const model::Bundle& bundle, const store::Manifest& photographs,
               const RobustnessConfig& config, uint64_t seed);

}  // namespace kallos::eval
