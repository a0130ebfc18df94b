#include <algorithm>

#include "eval/report/sections.h"
#include "eval/report/sources.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/store/manifest.h"

namespace kallos::report {
namespace {

constexpr int kDeepest = 12;  // a record may name its own output

std::string CommandWord(const RecordedRun& record) {
  const std::vector<std::string> words = Split(record.command, ' ');
  const bool has_subcommand = words.size() > 1 && !words[1].starts_with("-");
  return has_subcommand ? words[0] + " " + words[1] : words[0];
}

// What the photographs of a manifest are; "" for other files.
std::string PhotographsIn(const fs::path& path, const std::string& named, const RecordedRun& record) {
  const std::vector<std::string> manifests = record.ValuesOf("manifest");
  if (!std::ranges::count(manifests, named) || !fs::is_regular_file(path)) return "";
  const store::Manifest manifest = store::ReadManifest(path, false);
  return fmt::format(" ({} photographs)", FormatCount(static_cast<int64_t>(manifest.rows.size())));
}

std::vector<Tree> SourceTrees(const Origin& origin, int depth);

Tree SourceTree(const Origin& origin, const std::string& named, int depth) {
  const fs::path path = PathFromHere(origin, named);
  Tree tree{named + PhotographsIn(path, named, origin.record), StateOf(path, named, origin.record)};
  const std::optional<Origin> made = OriginOf(path);
  if (!made || made->path == fs::weakly_canonical(origin.path)) return tree;
  tree.text += " by " + CommandWord(made->record);
  if (depth < kDeepest) tree.children = SourceTrees(*made, depth + 1);
  return tree;
}

std::vector<Tree> SourceTrees(const Origin& origin, int depth) {
  std::vector<Tree> trees;
  for (const std::string& named : SourcesOf(origin.record)) trees.push_back(SourceTree(origin, named, depth));
  return trees;
}

bool IsResult(RunKind kind) {
  return kind == RunKind::kBenchmark || kind == RunKind::kComparison || kind == RunKind::kRobustness ||
         kind == RunKind::kSelections;
}

}  // namespace

Section LineageSection(const std::vector<Run>& runs) {
  Section section{"Lineage"};
  const bool any_result = std::ranges::any_of(runs, [](const Run& run) { return IsResult(run.kind); });
  for (const Run& run : runs) {
    if (any_result && !IsResult(run.kind)) continue;
    if (!run.record) {
      section.blocks.emplace_back(Paragraph{run.name + ": no run.yaml says what it was made of."});
      continue;
    }
    const Origin origin{run.path, *run.record};
    section.blocks.emplace_back(
        Tree{run.name + " by " + CommandWord(origin.record), "commit " + origin.record.commit, SourceTrees(origin, 0)});
  }
  return section;
}

}  // namespace kallos::report
