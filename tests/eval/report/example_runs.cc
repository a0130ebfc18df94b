#include "tests/eval/report/example_runs.h"

#include <unistd.h>

#include "eval/benchmark.h"
#include "eval/compare.h"
#include "lib/core/file.h"
#include "lib/measures/scored_predictions.h"
#include "lib/model/reduction.h"
#include "tests/ga/example_run.h"
#include "tests/measures/example_predictions.h"

namespace kallos::report {
namespace {

// Without what it prints.
template <typename Config>
void RunQuietly(void (*run)(const Config&, RunContext&), const Config& config,
                const std::string& yaml = "{}") {
  RunRecord record("kallos-x do --out x", yaml);
  RunContext context{1, record};
  testing::internal::CaptureStdout();
  run(config, context);
  testing::internal::GetCapturedStdout();
}

}  // namespace

fs::path MakeTestFolder(const std::string& name) {
  const fs::path folder =
      fs::path(testing::TempDir()) / fmt::format("kallos_report_{}_{}", name, getpid());
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

void MakeBenchmark(const fs::path& folder, const std::vector<measures::Prediction>& predictions,
                   const std::string& config) {
  const fs::path file = fs::path(folder) += ".csv";
  PublishBytes(file, measures::FormatPredictions(predictions));
  eval::BenchmarkConfig benchmark;
  benchmark.predictions = {file};
  benchmark.out = folder;
  RunQuietly(eval::RunBenchmark, benchmark, config);
}

void MakeScoreBenchmark(const fs::path& folder) {
  std::vector<measures::ScoredPrediction> predictions;
  for (int i = 0; i < 40; ++i)
    predictions.push_back(
        {fmt::format("s{}", i), "KonIQ", i / 10.0, i / 40.0 + 0.1 * (i % 3), {}, ""});
  const fs::path file = fs::path(folder) += ".csv";
  PublishBytes(file, measures::FormatScoredPredictions(predictions));
  eval::BenchmarkConfig benchmark;
  benchmark.predictions = {file};
  benchmark.out = folder;
  RunQuietly(eval::RunBenchmark, benchmark);
}

void MakeComparison(const fs::path& folder, const std::vector<fs::path>& benchmarks) {
  RunQuietly(eval::RunCompare, eval::CompareConfig{benchmarks, {}, folder});
}

void MakeTraining(const fs::path& folder) {
  PublishBytes(folder / "bundle/bundle.yaml", "format_version: 1\n");
  PublishBytes(
      folder / "history.csv",
      "epoch,fit,lr,train_loss,validation_loss,validation_accuracy\n0,0,0.003,0.7,0.6,0.5\n"
      "1,0,0.002,0.4,0.35,0.8\n2,0,0.001,0.2,0.4,0.75\n");
}

void MakeSearch(const fs::path& folder, uint64_t seed) {
  ga::SearchFile search = ga::ExampleSearch();
  search.seed = seed;
  ga::RunExample(folder, search, 3);
}

void MakeSelections(const fs::path& folder) {
  std::string table =
      "method,selected_on,columns,seeds,fitness,accuracy,accuracy_low,accuracy_high,roc_auc,roc_"
      "auc_low,roc_auc_high,"
      "accuracy_minus_all,accuracy_minus_all_low,accuracy_minus_all_high,roc_auc_minus_all,roc_auc_"
      "minus_all_low,"
      "roc_auc_minus_all_high,accuracy_sd,trained,seconds,note\n";
  table += "ga,val,2,2,0.9,0.8,0.7,0.9,0.85,0.8,0.9,0.1,0.05,0.2,0.05,0.01,0.1,0.01,40,3.5,\n";
  table += "all,train,10,2,0.8,0.7,0.6,0.8,0.8,0.7,0.9,,,,,,,0.02,0,0.0,\n";
  PublishBytes(folder / "compare.csv", table);
  PublishBytes(folder / "seed-1/ga/selection.csv", "index\n0\n3\n");
  PublishBytes(folder / "seed-2/ga/selection.csv", "index\n0\n7\n");
}

void MakeRobustness(const fs::path& folder) {
  PublishBytes(folder / "robustness.json", "{\"format_version\": 1}");
  PublishBytes(
      folder / "robustness.csv",
      "variant,transform,severity,benchmark,n,measure,value,low,high,why\n"
      "correct,none,,test,50,accuracy,0.9,0.8,0.95,\ncorrect,blur,1,test,50,accuracy,0.8,0.7,0.9,\n"
      "correct,blur,2,test,50,accuracy,0.7,0.6,0.8,\ncorrect,blur,all,test,100,worst_case,0.6,0.5,"
      "0.7,"
      "\nlegacy,blur,,test,50,accuracy,,,,no photographs left\n");
}

void MakeComponents(const fs::path& file) {
  model::Reduction model;
  model.mean = {0, 0, 0};
  model.components = Matrix<float>(2, 3);
  model.components(0, 0) = model.components(1, 1) = 1;
  model.explained_variance = {3, 1};
  model.explained_variance_ratio = {0.6, 0.2};
  model.singular_values = {std::sqrt(27.0), 3};
  model.total_variance = 5;
  model.spectrum = {3, 1, 1};
  model.source.row_count = 10;
  model::WriteReduction(file, model);
  PublishBytes(fs::path(file) += ".run.yaml", "command: kallos-pca fit\nconfig:\n  out: pca.h5\n");
}

void MakeRunsOfAllKinds(const fs::path& folder) {
  MakeBenchmark(folder / "a", measures::DrawPredictions(1, 60));
  MakeBenchmark(folder / "b", measures::DrawPredictions(1, 60, 4));
  MakeScoreBenchmark(folder / "scores");
  MakeComparison(folder / "compared", {folder / "a", folder / "b"});
  MakeTraining(folder / "head");
  MakeSearch(folder / "ga1", 1);
  MakeSearch(folder / "ga2", 2);
  MakeSelections(folder / "ways");
  MakeRobustness(folder / "robust");
  MakeComponents(folder / "pca.h5");
  PublishBytes(folder / "a/calibration.csv",
               "benchmark,stage,measure,value,low,high\ntest,as_is,ece,0.2,0.1,0.3\ntest,"
               "temperature,ece,0.05,0.01,0.1\n");
  PublishBytes(folder / "a/reliability.csv",
               "benchmark,stage,bin,n,mean_probability,share_good,low,high\ntest,as_is,0,30,0.2,0."
               "1,0.05,0.3\n"
               "test,as_is,1,30,0.8,0.9,0.7,0.95\ntest,temperature,0,30,0.1,0.1,0.05,0.3\n");
}

}  // namespace kallos::report
