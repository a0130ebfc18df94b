#include "eval/report/thumbnails.h"

#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/progress.h"
#include "lib/core/stop.h"
#include "lib/image/image.h"
#include "lib/parallel/parallel.h"

namespace kallos::report {
namespace {

constexpr int kSide = 160;  // pixels
constexpr int kQuality = 80;

Result<std::string> Thumbnail(const PhotoFile& file) {
  if (!fs::is_regular_file(file.path)) return Failure{"deleted, or moved, since it was imported"};
  if (!file.sha256.empty() && Sha256OfFile(file.path) != file.sha256)
    return Failure{"changed since it was imported"};
  const Result<Picture8> picture = image::DecodeFile(file.path, {});
  if (!picture.ok()) return Failure{picture.reason()};
  return image::EncodeJpeg(image::Shrink(picture.value(), kSide), kQuality);
}

}  // namespace

std::vector<Result<std::string>> Thumbnails(const std::vector<PhotoFile>& files) {
  std::vector<Result<std::string>> thumbnails(files.size(), Failure{""});
  if (files.empty()) return thumbnails;
  Progress progress("contact sheets", "photos", files.size());
  ParallelFor(files.size(), [&](size_t i) {
    ThrowIfStopRequested("the same command makes the report anew");
    thumbnails[i] = Thumbnail(files[i]);
    progress.Add();
  });
  return thumbnails;
}

}  // namespace kallos::report
