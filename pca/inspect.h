// kallos-pca inspect: what a model is worth.
#pragma once

#include <filesystem>
#include <optional>

#include "lib/run/run.h"

namespace kallos::pca {

struct InspectConfig {
  std::filesystem::path model;
  std::optional<std::filesystem::path> features;
  std::optional<std::filesystem::path> manifest;
  std::optional<std::filesystem::path> against;
  std::optional<std::filesystem::path> plot;
};

template <class V>
void Describe(V& v, InspectConfig& c) {
  v.Positional("model", c.model, Required(), "The model, such as pca.h5.");
  v("features", c.features,
    "Feature store: how well its rows are reconstructed, fitted on or held out.");
  v("manifest", c.manifest,
    "Manifest whose split replaces that inside the store: the one of the fit.");
  v("against", c.against, "An exact model of the same features: how far this one is from it.");
  v("plot", c.plot, "The spectrum as x.svg, or x.html with it inside.");
}

void Validate(const InspectConfig& config, Violations& violations);

// Prints to standard output; publishes the plot.
void RunInspect(const InspectConfig& config, RunContext& context);

}  // namespace kallos::pca
