#include "data/synth.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <set>

#include "data/synth_flaws.h"
#include "data/synth_scenes.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/lock.h"
#include "lib/core/progress.h"
#include "lib/core/stop.h"
#include "lib/image/decode_opencv.h"
#include "lib/parallel/parallel.h"
#include "lib/store/manifest.h"

namespace kallos::data {
namespace {

struct Photo {
  std::string id;
  std::string scene;
  std::string flaws;
  bool good = true;
  int width = 0;  // upright
  int height = 0;
  std::string jpeg;
};

std::string IdOf(size_t index) {
  return fmt::format("{}/{:05}", index % 2 == 0 ? "good" : "bad", index);
}

cv::Size DrawSize(Stream& random) {
  const int longer = 480 + 16 * static_cast<int>(random.Below(11));
  const int shorter = random.Uniform() < 0.5 ? longer * 2 / 3 : longer * 3 / 4;
  return random.Uniform() < 0.35 ? cv::Size(shorter, longer) : cv::Size(longer, shorter);
}

// What every lens and sensor does: darker corners, a soft shoulder in the highlights, a little
// grain.
cv::Mat Develop(image::Canvas& canvas, Stream& random) {
  cv::Mat bytes(canvas.height(), canvas.width(), CV_8UC3);
  for (int y = 0; y < bytes.rows; ++y) {
    for (int x = 0; x < bytes.cols; ++x) {
      const double dx = 2.0 * x / bytes.cols - 1, dy = 2.0 * y / bytes.rows - 1;
      const double corner = 1 - 0.11 * (dx * dx + dy * dy);
      const double grain = 0.008 * random.Normal();
      for (int c = 0; c < 3; ++c) {
        const double value =
            std::clamp(canvas.rgb.at<image::Color>(y, x)[2 - c] * corner + grain, 0.0, 1.0);
        bytes.at<cv::Vec3b>(y, x)[c] = static_cast<uint8_t>(std::lround(255 * value));
      }
    }
  }
  return bytes;
}

std::vector<uint8_t> Encode(const cv::Mat& bgr, int quality) {
  std::vector<uint8_t> bytes;
  KALLOS_CHECK(cv::imencode(".jpg", bgr, bytes, {cv::IMWRITE_JPEG_QUALITY, quality}),
               "encoding a JPEG");
  return bytes;
}

// Stored so that a viewer which follows the EXIF orientation shows it upright.
cv::Mat Stored(const cv::Mat& upright, int orientation) {
  cv::Mat stored;
  if (orientation == 1) return upright;
  const int turn = orientation == 3   ? cv::ROTATE_180
                   : orientation == 6 ? cv::ROTATE_90_COUNTERCLOCKWISE
                                      : cv::ROTATE_90_CLOCKWISE;
  cv::rotate(upright, stored, turn);
  return stored;
}

// The JPEG with an EXIF segment of one tag behind its start marker.
std::string WithOrientation(const std::vector<uint8_t>& jpeg, int orientation) {
  std::string bytes(jpeg.begin(), jpeg.end());
  if (orientation == 1) return bytes;
  std::string exif(
      "\xFF\xE1\0\x22"
      "Exif\0\0"
      "MM\0\x2A\0\0\0\x08"
      "\0\x01"
      "\x01\x12\0\x03\0\0\0\x01\0\0\0\0"
      "\0\0\0\0",
      36);
  exif[29] = static_cast<char>(orientation);
  return bytes.insert(2, exif);
}

int DrawOrientation(Stream& random) {
  constexpr int kTurned[] = {3, 6, 8};
  const bool turned = random.Uniform() < 0.2;
  const int orientation = kTurned[random.Below(3)];
  return turned ? orientation : 1;
}

std::string NamesOf(const std::vector<Flaw>& flaws) {
  std::vector<std::string> names;
  for (const Flaw flaw : flaws) names.push_back(FlawName(flaw));
  return Join(names, "+");
}

Photo MakePhoto(uint64_t seed, size_t index) {
  Stream random(seed, "data/synth", index);
  const bool good = index % 2 == 0;
  const Scene& scene = Scenes()[random.Below(Scenes().size())];
  const std::vector<Flaw> flaws = good ? std::vector<Flaw>{Flaw::kNone} : DrawFlaws(random);
  const auto has = [&](Flaw flaw) {
    return std::find(flaws.begin(), flaws.end(), flaw) != flaws.end();
  };
  const cv::Size size = DrawSize(random);
  image::Canvas canvas(size.height, size.width);
  scene.paint(canvas, random, DrawComposition(random, !has(Flaw::kBadlyComposed)));
  for (const Flaw flaw : flaws) ApplyFlaw(canvas, random, flaw);
  cv::Mat picture = Develop(canvas, random);
  if (has(Flaw::kBlocky))
    picture =
        cv::imdecode(Encode(picture, 4 + static_cast<int>(random.Below(7))), cv::IMREAD_COLOR);
  const int orientation = DrawOrientation(random);
  return {IdOf(index),
          scene.name,
          NamesOf(flaws),
          good,
          size.width,
          size.height,
          WithOrientation(Encode(Stored(picture, orientation), 92), orientation)};
}

// Photos of another run would mix with ours in the eyes of `import`.
void CheckNothingElseInside(const SynthConfig& config) {
  std::set<std::string> ours;
  for (size_t i = 0; i < static_cast<size_t>(config.count); ++i) ours.insert(IdOf(i) + ".jpg");
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

store::ManifestRow RowOf(const Photo& photo) {
  store::ManifestRow row;
  row.id = photo.id;
  row.path = photo.id + ".jpg";
  row.label = photo.good ? 1 : 0;
  row.width = photo.width;
  row.height = photo.height;
  row.sha256 = Sha256Hex(photo.jpeg);
  row.extra = {photo.scene, photo.flaws};
  return row;
}

}  // namespace

void RunSynth(const SynthConfig& config, RunContext& context) {
  image::PrepareOpenCv();
  for (const char* folder : {"good", "bad"}) MakeFolder(config.out / folder);
  const FolderLock lock(config.out);
  CheckNothingElseInside(config);
  store::Manifest manifest{config.out,
                           {"scene", "flaw"},
                           std::vector<store::ManifestRow>(static_cast<size_t>(config.count))};
  Progress progress("synth", "photos", config.count);
  ParallelFor(manifest.rows.size(), [&](size_t i) {
    ThrowIfStopRequested();
    const Photo photo = MakePhoto(context.seed, i);
    PublishBytes(config.out / (photo.id + ".jpg"), photo.jpeg);
    manifest.rows[i] = RowOf(photo);
    progress.Add();
  });
  store::WriteManifest(config.out / "manifest.csv", manifest);
  context.record.AddCount("photos", config.count);
  context.record.Write(config.out);
}

}  // namespace kallos::data
