#include "eval/robustness/command.h"

#include <cstdio>

#include "eval/robustness/robustness_report.h"
#include "eval/robustness/view_predictions.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/lock.h"
#include "lib/core/output_folder.h"
#include "lib/core/text.h"

namespace kallos::eval {
namespace {

constexpr const char* kJson = "robustness.json";

void NoteSkipped(const AllViews& all, std::vector<std::string>& notes) {
  notes = all.notes;
  if (all.skipped.empty()) return;
  notes.push_back(fmt::format(
      "{} photographs could not be judged in every view and do not count: skipped.csv says why.",
      FormatCount(all.skipped.size())));
}

}  // namespace

void RunRobustness(const RobustnessConfig& config, RunContext& context) {
  const FolderLock lock(config.out);
  if (!fs::exists(config.out / "views") && !fs::exists(config.out / kJson))
    RequireEmptyFolder(config.out, "folder of a robustness test");
  RemoveStaleTemporaries(config.out);
  const AllViews all = PredictViews(config, context.seed, context.record);
  RobustnessReport report = MakeRobustnessReport(all.views, config.legacy, context.seed);
  NoteSkipped(all, report.notes);
  fs::remove(config.out / "run.yaml");
  PublishBytes(config.out / "predictions.csv", FormatViewPredictions(all.views, config.legacy));
  PublishBytes(config.out / "skipped.csv", store::FormatSkippedCsv(all.skipped));
  PublishBytes(config.out / "robustness.csv", FormatRobustnessCsv(report));
  PublishBytes(config.out / "table.md", FormatRobustnessMarkdown(report));
  PublishBytes(config.out / kJson, FormatRobustnessJson(report));
  context.record.AddCount("photographs", all.views[0].predictions.size());
  context.record.AddCount("views", all.views.size());
  context.record.AddCount("skipped", all.skipped.size());
  context.record.Write(config.out);
  std::fputs(FormatRobustnessForTerminal(report).c_str(), stdout);
}

}  // namespace kallos::eval
