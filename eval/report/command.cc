#include "eval/report/command.h"

#include "eval/report/contact_section.h"
#include "eval/report/runs.h"
#include "eval/report/sections.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/lock.h"
#include "lib/core/log.h"
#include "lib/core/output_folder.h"
#include "lib/core/stop.h"
#include "lib/core/text.h"
#include "lib/document/html.h"
#include "lib/document/latex.h"
#include "lib/document/markdown.h"

namespace kallos::report {
namespace {

constexpr const char* kPage = "report.html";

document::Document DocumentOf(const ReportConfig& config, const std::vector<Run>& runs) {
  document::Document document{"Kallos report", fmt::format("{} runs", runs.size()), {}};
  const auto add = [&](document::Section section) {
    if (!section.blocks.empty()) document.sections.push_back(std::move(section));
    ThrowIfStopRequested("the same command makes the report anew");
  };
  for (document::Section (*section)(const std::vector<Run>&) :
       {SummarySection, BenchmarkSection, ComparisonSection, CurvesSection, CalibrationSection})
    add(section(runs));
  add(ContactSection(runs, {config.manifest, config.photos}));
  for (document::Section (*section)(const std::vector<Run>&) :
       {RobustnessSection, SearchSection, SelectionsSection, ComponentsSection, TrainingSection,
        LineageSection, SettingsSection})
    add(section(runs));
  return document;
}

void RequireChartLibrary() {
  if (!document::HasChartLibrary())
    throw EnvironmentError(
        "this program was built without Chart.js, which draws the charts: install libjs-chart.js "
        "(tools/setup does), "
        "then configure and build again");
}

}  // namespace

void RunReport(const ReportConfig& config, RunContext& context) {
  RequireChartLibrary();
  const std::vector<Run> runs = FindRuns(config.runs);
  const FolderLock lock(config.out);
  if (!fs::exists(config.out / kPage)) RequireEmptyFolder(config.out, "folder of a report");
  RemoveStaleTemporaries(config.out);
  for (const Run& run : runs)
    context.record.AddInput(PathText(run.path), Sha256OfFile(MarkOf(run)));
  const document::Document document = DocumentOf(config, runs);
  const std::string page = document::FormatHtml(document);
  fs::remove(config.out / "run.yaml");
  PublishBytes(config.out / "tables.tex", document::FormatLatex(document));
  PublishBytes(config.out / "report.md", document::FormatMarkdown(document, kPage));
  PublishBytes(config.out / kPage, page);
  context.record.AddCount("runs", runs.size());
  context.record.Write(config.out);
  LogInfo("{}: {} runs, {}", PathText(config.out / kPage), runs.size(), FormatBytes(page.size()));
}

}  // namespace kallos::report
