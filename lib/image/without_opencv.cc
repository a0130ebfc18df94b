// Stands in for all of this folder that needs OpenCV, in builds without it. Commands that look into
// photographs start, and end here with exit code 4; all others work.
#include "lib/core/error.h"
#include "lib/image/augment.h"
#include "lib/image/bilinear.h"
#include "lib/image/demo_photo.h"
#include "lib/image/image.h"
#include "lib/image/phash.h"
#include "lib/image/published_transform.h"
#include "lib/image/transform.h"

namespace kallos::image {
namespace {

[[noreturn]] void Fail() {
  throw EnvironmentError(
      "this build has no OpenCV, and so cannot read or make photographs; run tools/setup and build "
      "again");
}

}  // namespace

bool CanDecode() {
  return false;
}

Result<Picture8> Decode(std::string_view, const DecodeOptions&) {
  Fail();
}
Result<Picture8> DecodeFile(const std::filesystem::path&, const DecodeOptions&) {
  Fail();
}
Picture8 Shrink(const Picture8&, int) {
  Fail();
}
std::string EncodeJpeg(const Picture8&, int) {
  Fail();
}
void WriteJpeg(const std::filesystem::path&, const Picture8&, int) {
  Fail();
}
void WritePng(const std::filesystem::path&, const Picture8&) {
  Fail();
}

Picture8 ScaleBilinear(const Picture8&, int, int) {
  Fail();
}
PictureF ScaleBilinear(const PictureF&, int, int) {
  Fail();
}

double StrengthOf(Transform, int) {
  Fail();
}
Picture8 Apply(const Picture8&, Transform, int, Stream) {
  Fail();
}
PictureF ApplyAsPublished(const Picture8&, Transform, Stream) {
  Fail();
}
Picture8 ToMultiplesOfEight(const Picture8&) {
  Fail();
}

void RequireValid(const Augmentation&) {
  Fail();
}
Picture8 Augment(const Picture8&, const Augmentation&, Stream) {
  Fail();
}

std::array<uint64_t, 4> PerceptualHash(const Picture8&) {
  Fail();
}

DemoPhoto MakeDemoPhoto(Stream, bool) {
  Fail();
}

}  // namespace kallos::image
