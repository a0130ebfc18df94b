// kallos-distill export: a student for programs that know nothing of Kallos.
#pragma once

#include <filesystem>

#include "lib/config/config.h"
#include "lib/run/run.h"

namespace kallos::train {

struct ExportConfig {
  std::filesystem::path bundle;
  std::filesystem::path to;
};

template <class V>
void Describe(V& v, ExportConfig& c) {
  v("bundle", c.bundle, Required(), "Bundle of kallos-distill or kallos-train joint.");
  v("to", c.to, Required(),
    "FILE.pt: TorchScript, photograph to probability; FILE.safetensors: all weights by name.");
}

void Validate(const ExportConfig& config, Violations& violations);

// docs/distill.md says what the files hold.
void RunExport(const ExportConfig& config, RunContext& context);

}  // namespace kallos::train
