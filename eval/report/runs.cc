#include "eval/report/runs.h"

#include <algorithm>
#include <map>
#include <set>

#include "eval/model_names.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::report {
namespace {

struct Mark {
  RunKind kind;
  const char* file;  // that only such folders hold
  const char* command;
};

// In this order: a search has a training inside.
constexpr Mark kMarks[] = {
    {RunKind::kBenchmark, "metrics.json", "kallos-eval benchmark"},
    {RunKind::kComparison, "compare.json", "kallos-eval compare"},
    {RunKind::kRobustness, "robustness.csv", "kallos-eval robustness"},
    {RunKind::kSearch, "search.json", "kallos-ga run"},
    {RunKind::kSelections, "compare.csv", "kallos-ga compare"},
    {RunKind::kTraining, "bundle/bundle.yaml", "kallos-train, kallos-distill"},
    {RunKind::kFeatures, "store.json", "kallos-extract"}};
constexpr Mark kComponents = {RunKind::kComponents, "x.h5", "kallos-pca fit"};

const Mark& MarkOfKind(RunKind kind) {
  const auto* mark = std::ranges::find(kMarks, kind, &Mark::kind);
  return mark == std::end(kMarks) ? kComponents : *mark;
}

fs::path RecordOfFile(const fs::path& file) {
  return fs::path(file) += ".run.yaml";
}

// Whether kallos-pca wrote the file.
bool IsComponents(const fs::path& file) {
  return file.extension() == ".h5" && fs::exists(RecordOfFile(file));
}

class Finder {
 public:
  void Add(const fs::path& given) {
    const size_t before = runs_.size();
    met_.clear();
    if (fs::is_regular_file(given) && given.extension() == ".h5")
      Push(RunKind::kComponents, given);
    else
      Search(given);
    if (runs_.size() == before) ThrowNoRun(given);
  }

  std::vector<Run> Runs() {
    NameThem();
    return std::move(runs_);
  }

 private:
  void Search(const fs::path& folder) {
    if (!fs::is_directory(folder) || !IsNew(folder)) return;
    const auto* mark =
        std::ranges::find_if(kMarks, [&](const Mark& m) { return fs::exists(folder / m.file); });
    if (mark != std::end(kMarks)) {
      if (mark->kind == RunKind::kFeatures && !fs::exists(folder / "run.yaml"))
        return;  // kept by a robustness test
      Push(mark->kind, folder);
      if (mark->kind == RunKind::kFeatures || mark->kind == RunKind::kSelections) return;
    }
    std::set<fs::path> inside;
    for (const auto& entry : fs::directory_iterator(folder)) inside.insert(entry.path());
    for (const fs::path& path : inside) {
      std::error_code ends_nowhere;  // as some links do
      if (fs::is_directory(path, ends_nowhere))
        Search(path);
      else if (fs::is_regular_file(path, ends_nowhere) && IsComponents(path) && IsNew(path))
        Push(RunKind::kComponents, path);
    }
  }

  // Links may lead in circles, or to a run twice.
  bool IsNew(const fs::path& path) { return met_.insert(fs::canonical(path)).second; }

  void Push(RunKind kind, const fs::path& path) {
    const fs::path whole = fs::weakly_canonical(path);
    if (!found_.insert(whole).second) throw UsageError("{} is given twice", PathText(path));
    const fs::path record = kind == RunKind::kComponents ? RecordOfFile(path) : path / "run.yaml";
    runs_.push_back({kind, path, "", {}});
    if (fs::exists(record)) runs_.back().record = ReadRunRecord(record);
  }

  // The end of its path, with as many folders in front as tell it from the others.
  void NameThem() {
    std::vector<std::vector<std::string>> parts;
    for (const Run& run : runs_) {
      const fs::path whole = fs::weakly_canonical(run.path);
      parts.emplace_back();
      for (const fs::path& part : whole) parts.back().push_back(PathText(part));
    }
    const auto name_of = [&](size_t i, size_t length) {
      const std::vector<std::string>& all = parts[i];
      return Join({all.end() - std::min(length, all.size()), all.end()}, "/");
    };
    for (size_t i = 0; i < runs_.size(); ++i) {
      size_t length = IsInsideAnother(runs_[i].path) ? 2 : 1;
      const auto is_taken = [&] {
        for (size_t k = 0; k < runs_.size(); ++k) {
          if (k != i && name_of(k, length) == name_of(i, length)) return true;
        }
        return false;
      };
      while (is_taken()) ++length;
      const std::string name = name_of(i, length);
      runs_[i].name = name.substr(0, name.size() - parts[i].back().size()) +
                      LastName(runs_[i], parts[i].back());
    }
  }

  // Of several models each has a folder, and --names may hold what no folder's name does.
  static std::string LastName(const Run& run, const std::string& folder) {
    if (run.kind != RunKind::kBenchmark || !run.record) return folder;
    const std::vector<std::string> models = run.record->ValuesOf("names");
    const auto model = std::ranges::find_if(
        models, [&](const auto& m) { return eval::FolderNames({m})[0] == folder; });
    return model == models.end() ? folder : *model;
  }

  // The head and the test of a search are named after it, "ga1/head", as are several
  // models of one benchmark.
  bool IsInsideAnother(const fs::path& path) const {
    const fs::path parent = fs::weakly_canonical(path).parent_path();
    return std::ranges::any_of(
        runs_, [&](const Run& run) { return fs::weakly_canonical(run.path) == parent; });
  }

  [[noreturn]] static void ThrowNoRun(const fs::path& given) {
    if (!fs::exists(given)) throw InputError("{}: no such folder", PathText(given));
    std::vector<std::string> looked_for;
    for (const Mark& mark : kMarks)
      looked_for.push_back(fmt::format("{} ({})", mark.file, mark.command));
    looked_for.push_back("x.h5 beside x.h5.run.yaml (kallos-pca fit)");
    throw InputError("{}: holds no run; looked there and in its folders for {}", PathText(given),
                     Join(looked_for, ", "));
  }

  std::vector<Run> runs_;
  std::set<fs::path> found_;  // runs of all that is given
  std::set<fs::path> met_;    // what was looked at below one of it
};

}  // namespace

std::string CommandOf(RunKind kind) {
  return MarkOfKind(kind).command;
}

fs::path MarkOf(const Run& run) {
  return run.kind == RunKind::kComponents ? run.path : run.path / MarkOfKind(run.kind).file;
}

std::vector<Run> FindRuns(const std::vector<fs::path>& given) {
  Finder finder;
  for (const fs::path& path : given) finder.Add(path);
  return finder.Runs();
}

std::vector<Run> OfKind(const std::vector<Run>& runs, RunKind kind) {
  std::vector<Run> chosen;
  std::ranges::copy_if(runs, std::back_inserter(chosen),
                       [&](const Run& run) { return run.kind == kind; });
  return chosen;
}

}  // namespace kallos::report
