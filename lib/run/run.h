// The frame of every command: parse, start, run one function, report, exit code.
//
//   int main(int argc, char** argv) {
//     return RunApp(argc, argv, "kallos-data", "Manifests, splits and feature files.",
//                   {MakeCommand<SplitConfig>("split", "Splits a manifest.", data::RunSplit), ...});
//   }
//   void RunSplit(const SplitConfig& config, RunContext& context);
//
// An app of one command gives it the name "". RunApp adds --config --seed --threads --quiet --log-level --print-config
// --version --help, makes BLAS and threads right before anything runs, installs the stop signals, and is the only
// place that catches errors.
#pragma once
