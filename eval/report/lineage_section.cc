#include <algorithm>
#include <set>

#include "eval/report/sections.h"
#include "eval/report/sources.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/store/manifest.h"

namespace kallos::report {
namespace {

std::string CommandWord(const RecordedRun& record) {
  const std::vector<std::string> words = Split(record.command, ' ');
  const bool has_subcommand = words.size() > 1 && !words[1].starts_with("-");
  return has_subcommand ? words[0] + " " + words[1] : words[0];
}

// What the photographs of a manifest are; "" for other files.
std::string PhotographsIn(const fs::path& path, const std::string& named,
                          const RecordedRun& record) {
  const std::vector<std::string> manifests = record.ValuesOf("manifest");
  if (!std::ranges::count(manifests, named) || !fs::is_regular_file(path)) return "";
  const store::Manifest manifest = store::ReadManifest(path, false);
  return fmt::format(" ({} photographs)", FormatCount(manifest.rows.size()));
}

// Files of other runs may be damaged: that is told in their place, and is no error of this report.
template <typename Describe>
void TellDamage(document::Tree& tree, Describe describe) {
  try {
    describe();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInput) throw;
    tree.detail = fmt::format("damaged: {}", error.what());
  }
}

// Of one result; what was told before is not told again.
class Lineage {
 public:
  std::vector<document::Tree> SourcesOf(const Origin& origin) {
    std::vector<document::Tree> trees;
    for (const std::string& named : report::SourcesOf(origin.record))
      trees.push_back(SourceTree(origin, named));
    return trees;
  }

 private:
  document::Tree SourceTree(const Origin& origin, const std::string& named) {
    const fs::path path = PathFromHere(origin, named);
    document::Tree tree{named};
    TellDamage(tree, [&] {
      tree.text += PhotographsIn(path, named, origin.record);
      tree.detail = StateOf(path, named, origin.record);
    });
    TellDamage(tree, [&] { AddOrigin(origin, path, tree); });
    return tree;
  }

  void AddOrigin(const Origin& origin, const fs::path& path, document::Tree& tree) {
    const std::optional<Origin> made = OriginOf(path);
    if (!made || made->path == fs::weakly_canonical(origin.path)) return;
    tree.text += " by " + CommandWord(made->record);
    if (told_.insert(made->path).second)
      tree.children = SourcesOf(*made);
    else
      tree.text += ", as above";
  }

  std::set<fs::path> told_;
};

bool IsResult(RunKind kind) {
  return kind == RunKind::kBenchmark || kind == RunKind::kComparison ||
         kind == RunKind::kRobustness || kind == RunKind::kSelections;
}

}  // namespace

document::Section LineageSection(const std::vector<Run>& runs) {
  document::Section section{"Lineage"};
  const bool any_result =
      std::ranges::any_of(runs, [](const Run& run) { return IsResult(run.kind); });
  for (const Run& run : runs) {
    if (any_result && !IsResult(run.kind)) continue;
    if (!run.record) {
      section.blocks.emplace_back(
          document::Paragraph{run.name + ": no run.yaml says what it was made of."});
      continue;
    }
    const Origin origin{run.path, *run.record};
    section.blocks.emplace_back(document::Tree{run.name + " by " + CommandWord(origin.record),
                                               "commit " + origin.record.commit,
                                               Lineage().SourcesOf(origin)});
  }
  return section;
}

}  // namespace kallos::report
