// Extraction on a device from decoded pictures in host memory to features in host memory: images
// per second of both backbones of the paper, beside the device's matrix-product peak in the same
// precision.
//   gpu_backbone_bench [BATCH]   (default 16; without a CUDA device it runs on the CPU, in fp32)
#include <ATen/ATen.h>

#include <cstdio>

#include "lib/core/text.h"
#include "lib/device/libtorch.h"
#include "lib/nn/backbone.h"
#include "lib/parallel/parallel.h"
#include "tests/bench/counting_execution.h"
#include "tests/bench/device_peak.h"

namespace kallos::nn {
namespace {

struct Case {
  const char* name;
  Taps taps;
  int height, width;
  double gflop;  // of one picture
};

std::vector<PictureF> Pictures(const Case& c, size_t count) {
  PictureF picture{c.height, c.width,
                   std::vector<float>(static_cast<size_t>(3 * c.height * c.width))};
  for (size_t i = 0; i < picture.rgb.size(); ++i)
    picture.rgb[i] = static_cast<float>(i * 7919 % 251);
  return std::vector<PictureF>(count, picture);
}

// Seconds for one picture.
double Measure(const Case& c, const Device& device, Precision precision, size_t batch) {
  const std::vector<PictureF> pictures = Pictures(c, batch);
  const auto backbone = MakeBackbone(c.name, c.taps);
  backbone->RandomWeights(1);
  backbone->Prepare(device, precision);
  const auto extract = [&] { backbone->Extract(pictures, backbone->default_scaling()); };
  extract();
  const double seconds = Least(3, extract) / static_cast<double>(batch);
  const double tflops = 1e-3 * c.gflop / seconds,
               peak = PeakTflops(AtDevice(device), EnumName(precision));
  std::printf(
      "%s %s %-19s %dx%d, batch %zu: %7.1f images/s, %6.1f TFLOP/s = %2.0f %% of the peak (%.0f)\n",
      device.Name().c_str(), EnumName(precision).c_str(), c.name, c.width, c.height, batch,
      1 / seconds, tflops, 100 * tflops / peak, peak);
  std::fflush(stdout);
  return seconds;
}

int Main(int argc, char** argv) {
  SetThreads(0);
  const int64_t batch = argc > 1 ? ParseInt(argv[1]).value_or(0) : 16;
  if (batch < 1) {
    std::fprintf(stderr, "usage: gpu_backbone_bench [BATCH]   (1 or more)\n");
    return 2;
  }
  const Device device = ResolveDevice("auto");
  std::vector<Precision> precisions = {Precision::kFp32};
  if (device.cuda)
    precisions.insert(precisions.end(), {Precision::kTf32, Precision::kFp16, Precision::kBf16});
  std::vector<Case> cases = {{"inception_resnet_v2", Taps::kMultigap, 664, 996, 0},
                             {"efficientnet_b7", Taps::kPooled, 600, 600, 0}};
  for (Case& c : cases) c.gflop = GflopOf(c.name, c.taps, c.height, c.width);
  for (const Precision precision : precisions) {
    double pair = 0;
    for (const Case& c : cases) pair += Measure(c, device, precision, static_cast<size_t>(batch));
    std::printf("%s %s pair: %.1f images/s\n", device.Name().c_str(), EnumName(precision).c_str(),
                1 / pair);
  }
  return 0;
}

}  // namespace
}  // namespace kallos::nn

int main(int argc, char** argv) {
  return kallos::nn::Main(argc, argv);
}
