#include "data/synth.h"

#include <set>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/lock.h"
#include "lib/core/progress.h"
#include "lib/core/rng.h"
#include "lib/core/stop.h"
#include "lib/image/demo_photo.h"
#include "lib/parallel/parallel.h"
#include "lib/store/manifest.h"

namespace kallos::data {
namespace {

bool IsGood(size_t index) {
  return index % 2 == 0;
}

std::string IdOf(size_t index) {
  return fmt::format("{}/{:05}", IsGood(index) ? "good" : "bad", index);
}

// Photos of another run would mix with ours in the eyes of `import`.
void CheckNothingElseInside(const SynthConfig& config) {
  std::set<std::string> ours;
  for (int64_t i = 0; i < config.count; ++i) ours.insert(IdOf(i) + ".jpg");
  for (const std::string folder : {"good", "bad"}) {
    RemoveStaleTemporaries(config.out / folder);
    for (const auto& entry : fs::directory_iterator(config.out / folder)) {
      const std::string name = folder + "/" + entry.path().filename().string();
      if (!ours.contains(name)) {
        throw InputError(
            "{} holds {}, which this run does not write. Give --out a new or empty folder.",
            PathText(config.out), PathText(name));
      }
    }
  }
}

store::ManifestRow RowOf(size_t index, const image::DemoPhoto& photo) {
  store::ManifestRow row;
  row.id = IdOf(index);
  row.path = row.id + ".jpg";
  row.label = IsGood(index) ? 1 : 0;
  row.width = photo.width;
  row.height = photo.height;
  row.sha256 = Sha256Hex(photo.jpeg);
  row.extra = {photo.scene, photo.flaws};
  return row;
}

}  // namespace

void RunSynth(const SynthConfig& config, RunContext& context) {
  for (const char* folder : {"good", "bad"}) MakeFolder(config.out / folder);
  const FolderLock lock(config.out);
  CheckNothingElseInside(config);
  store::Manifest manifest{
      config.out, {"scene", "flaw"}, std::vector<store::ManifestRow>(config.count)};
  Progress progress("synth", "photos", config.count);
  ParallelFor(manifest.rows.size(), [&](size_t i) {
    ThrowIfStopRequested();
    const image::DemoPhoto photo =
        image::MakeDemoPhoto(Stream(context.seed, "data/synth", i), IsGood(i));
    manifest.rows[i] = RowOf(i, photo);
    PublishBytes(config.out / manifest.rows[i].path, photo.jpeg);
    progress.Add();
  });
  store::WriteManifest(config.out / "manifest.csv", manifest);
  context.record.AddCount("photos", config.count);
  context.record.Write(config.out);
}

}  // namespace kallos::data
