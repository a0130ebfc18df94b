#include "ga/final_head.h"

#include <cstdio>

#include "ga/selection.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/output_folder.h"
#include "train/head_run.h"

namespace kallos::ga {

void TrainFinalHead(const RunConfig& config, const store::JoinedFeatures& features,
                    const fs::path& folder, RunContext& context) {
  train::TrainingFolder out(folder / kHeadFolder, false);
  const train::HeadSettings settings = FinalHead(config);
  const train::HeadFiles files{config.pca, folder / kSelectionFile, {}};
  const train::HeadData data = train::MakeHeadData(features, files, settings, context.seed);
  train::TrainHeadInto(out, data, settings, context.seed, context.record);
}

model::BundlePredictions PredictTest(const RunConfig& config, const store::JoinedFeatures& features,
                                     const fs::path& folder) {
  const model::Bundle bundle = model::LoadVerdictBundle(folder / kHeadFolder / "bundle");
  return model::PredictSplit(bundle, features, {config.features, config.manifest}, "test");
}

measures::Report EvaluateOnTest(const RunConfig& config, const store::JoinedFeatures& features,
                                const fs::path& folder, RunContext& context) {
  const model::BundlePredictions predictions = PredictTest(config, features, folder);
  measures::Evaluation evaluation = measures::Evaluate(predictions.labelled, context.seed);
  evaluation.skipped_csv = store::FormatSkippedCsv(predictions.skipped);
  const fs::path bundle = folder / kHeadFolder / "bundle";
  context.record.AddInput(PathText(bundle), Sha256OfFile(bundle / "bundle.yaml"));
  if (config.manifest)
    context.record.AddInput(PathText(*config.manifest), Sha256OfFile(*config.manifest));
  for (const store::StoreInfo& part : features.parts)
    context.record.AddInput(part.extractor, part.fingerprint);
  context.record.AddCount("predictions", evaluation.count);
  context.record.AddCount("skipped", predictions.skipped.size());
  const fs::path test = folder / kTestFolder;
  MakeFolder(test);
  RemoveStaleTemporaries(test);
  fs::remove(test / "run.yaml");
  measures::PublishEvaluation(test, evaluation);
  context.record.Write(test);
  std::fputs(measures::FormatForTerminal({evaluation.report}).c_str(), stdout);
  std::fputs(measures::CalibrationText({evaluation}).c_str(), stdout);
  return evaluation.report;
}

}  // namespace kallos::ga
