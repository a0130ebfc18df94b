#include "eval/view_predictions.h"

#include <algorithm>
#include <optional>
#include <span>

#include "eval/judged_rows.h"
#include "eval/photo_probabilities.h"
#include "eval/view_cache.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/progress.h"
#include "lib/parallel/parallel.h"
#include "lib/store/manifest.h"
#include "train/bundle.h"

namespace kallos::eval {
namespace {

constexpr int kKeyVersion = 1;  // another one when the same key would give other probabilities

// Between two looks at the disk: few, since denoising a large photograph takes a minute, and enough for every thread.
size_t PhotosAtOnce() {
  return std::max<size_t>(16, 4 * static_cast<size_t>(Threads()));
}

using store::ManifestRow;

// Judges what the caches lack. Rows that fail in one view are left out of the next ones.
class Judging {
 public:
  Judging(const RobustnessConfig& config, const fs::path& folder, uint64_t seed, RunRecord& record)
      : config_(config),
        folder_(folder),
        seed_(seed),
        bundle_(train::LoadBundle(config.bundle)),
        manifest_(store::ReadManifest(config.manifest)),
        views_(ViewsOf(config)) {
    FindRows();
    FindKey(record);
    for (const View& view : views_) caches_.push_back(ReadViewCache(FileOf(view)));
  }

  AllViews Run() {
    const auto total = static_cast<int64_t>(rows_.size() * views_.size()), done = AlreadyJudged();
    if (done < total) judge_.emplace(bundle_, config_.weights, config_.device);
    Progress progress("robustness", "photos", total, done);
    for (size_t v = 0; v < views_.size(); ++v) JudgeView(v, progress);
    if (rows_.empty())
      throw InputError("none of the photographs could be judged; the first: {}: {}", out_.skipped[0].path,
                       out_.skipped[0].reason);
    std::ranges::sort(rows_, {}, &ManifestRow::id);
    std::ranges::sort(out_.skipped, {}, &store::Skipped::id);
    for (size_t v = 0; v < views_.size(); ++v) out_.views.push_back({views_[v], PredictionsOf(caches_[v])});
    return std::move(out_);
  }

 private:
  void FindRows() {
    for (const ManifestRow& row : manifest_.rows) {
      if (row.label && IsInSplit(row, config_.split)) rows_.push_back(&row);
    }
    if (rows_.empty())
      throw InputError("{}: no labelled row of split '{}'; see its columns split, benchmark and label",
                       PathText(config_.manifest), config_.split);
    NoteRows(manifest_.rows, config_.split, out_.notes);
  }

  void FindKey(RunRecord& record) {
    const std::string bundle = Sha256OfFile(config_.bundle / "bundle.yaml");  // names the hashes of all its files
    const std::string manifest = Sha256OfFile(config_.manifest);
    record.AddInput(PathText(config_.bundle), bundle);
    record.AddInput(PathText(config_.manifest), manifest);
    for (const fs::path& file : config_.weights) record.AddInput(PathText(file), Sha256OfFile(file));
    const std::string facts = fmt::format("{} {} {} {} {}", kKeyVersion, bundle, manifest, config_.device, seed_);
    folder_ /= Sha256Hex(facts).substr(0, 16);
    RemoveStaleTemporaries(folder_);
  }

  fs::path FileOf(const View& view) const { return folder_ / (view.Name() + ".csv"); }

  int64_t AlreadyJudged() const {
    int64_t count = 0;
    for (const ProbabilityById& cache : caches_)
      count += std::ranges::count_if(rows_, [&](const ManifestRow* row) { return cache.contains(row->id); });
    return count;
  }

  void JudgeView(size_t v, Progress& progress) {
    std::vector<const ManifestRow*> todo;
    for (const ManifestRow* row : rows_) {
      if (!caches_[v].contains(row->id)) todo.push_back(row);
    }
    for (size_t first = 0; first < todo.size(); first += PhotosAtOnce()) {
      const size_t count = std::min(PhotosAtOnce(), todo.size() - first);
      JudgeSome({todo.data() + first, count}, v, progress);
    }
    std::erase_if(rows_, [&](const ManifestRow* row) { return !caches_[v].contains(row->id); });
  }

  void JudgeSome(std::span<const ManifestRow* const> rows, size_t v, Progress& progress) {
    std::vector<PhotoFile> photos;
    for (const ManifestRow* row : rows)
      photos.push_back({manifest_.PathOf(*row), row->sha256, views_[v], seed_, Fnv1a64(row->id)});
    const auto judged = judge_->Judge(photos, [&] { progress.Add(1, views_[v].Name()); });
    for (size_t i = 0; i < rows.size(); ++i) {
      if (judged[i].ok()) {
        caches_[v].emplace(rows[i]->id, judged[i].value());
      } else {
        const std::string reason =
            views_[v].transform ? views_[v].Name() + ": " + judged[i].reason() : judged[i].reason();
        out_.skipped.push_back({rows[i]->id, rows[i]->path, reason});
      }
    }
    WriteViewCache(FileOf(views_[v]), caches_[v]);
  }

  std::vector<Prediction> PredictionsOf(const ProbabilityById& cache) const {
    std::vector<Prediction> predictions;
    for (const ManifestRow* row : rows_) predictions.push_back(PredictionOf(*row, config_.split, cache.at(row->id)));
    return predictions;
  }

  const RobustnessConfig& config_;
  fs::path folder_;
  const uint64_t seed_;
  const train::Bundle bundle_;
  const store::Manifest manifest_;
  const std::vector<View> views_;
  std::vector<const ManifestRow*> rows_;  // that are whole so far
  std::vector<ProbabilityById> caches_;   // by view
  std::optional<PhotoJudge> judge_;       // where something is left to judge
  AllViews out_;
};

}  // namespace

AllViews PredictViews(const RobustnessConfig& config, const fs::path& folder, uint64_t seed, RunRecord& record) {
  return Judging(config, folder, seed, record).Run();
}

}  // namespace kallos::eval
