// Speed of the backbones on the CPU: images per second with one photograph per thread, beside the
// convolution peak and LibTorch's own convolutions, all measured in the same run.
//   backbone_bench [REPEATS]   (default 5)
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "lib/core/memory.h"
#include "lib/nn/architecture.h"
#include "lib/nn/backbone.h"
#include "lib/nn/declaration.h"
#include "lib/parallel/blas.h"
#include "lib/parallel/parallel.h"
#include "tests/bench/counting_execution.h"
#include "tests/bench/measure.h"

namespace kallos::nn {
namespace {

// Least time of `repeats` calls of body(i) on every thread.
template <typename Body>
double LeastOnAllThreads(int repeats, const Body& body) {
  return Least(repeats, [&] { ParallelFor(static_cast<size_t>(Threads()), body); });
}

// A 3x3 convolution of 256 to 256 channels at 56 x 56: as much arithmetic per byte as convolutions
// have.
double ConvolutionPeakGflops(int repeats) {
  const at::Tensor x = at::ones({1, 256, 56, 56}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor w = at::ones({256, 256, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast);
  constexpr int kTimes = 10;
  const double seconds = LeastOnAllThreads(repeats, [&](size_t) {
    const c10::InferenceMode inference;
    for (int i = 0; i < kTimes; ++i) at::conv2d(x, w, {}, 1, 1);
  });
  return 2e-9 * kTimes * Threads() * 256.0 * 256 * 9 * 56 * 56 / seconds;
}

struct Case {
  const char* name;
  Taps taps;
  int height, width;
};

PictureF Picture(int height, int width) {
  PictureF picture{height, width, std::vector<float>(static_cast<size_t>(3 * height * width))};
  for (size_t i = 0; i < picture.rgb.size(); ++i)
    picture.rgb[i] = static_cast<float>(i * 7919 % 251);
  return picture;
}

void Measure(const Case& c, int repeats) {
  const auto threads = static_cast<double>(Threads());
  const double peak = ConvolutionPeakGflops(repeats);
  const std::vector<PictureF> pictures = {Picture(c.height, c.width)};
  const Architecture architecture = FindArchitecture(c.name);
  Declaration declaration;
  BuildNetwork(declaration, architecture);
  const auto folded = FoldConvs(declaration.convs, RandomParameters(KerasLayout(c.name), 1));
  const at::Tensor input =
      at::zeros({1, 3, c.height, c.width}).contiguous(at::MemoryFormat::ChannelsLast);
  double gflop = 0;
  const double torch = LeastOnAllThreads(2, [&](size_t i) {
    const c10::InferenceMode inference;
    Counting run(folded, input, c.taps);
    BuildNetwork(run, architecture);
    if (i == 0) gflop = run.gflop;
  });
  std::printf("%s at %dx%d, %.1f GFLOP; convolution peak %.0f GFLOP/s\n", c.name, c.height, c.width,
              gflop, peak);
  std::printf("  %-10s %.3f s per image = %.2f images/s, %.0f GFLOP/s = %.0f%% of the fp32 peak\n",
              "LibTorch", torch / threads, threads / torch, threads * gflop / torch,
              100 * threads * gflop / torch / peak);
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    if (precision == Precision::kBf16 && !CpuHasBf16()) {
      std::printf("  bf16       this CPU has none\n");
      continue;
    }
    const auto backbone = MakeBackbone(c.name, c.taps);
    backbone->RandomWeights(1);
    backbone->Prepare({}, precision);
    const double seconds = LeastOnAllThreads(
        repeats, [&](size_t) { backbone->Extract(pictures, backbone->default_scaling()); });
    std::printf(
        "  %-10s %.3f s per image = %.2f images/s, %.0f GFLOP/s = %.0f%% of the fp32 peak\n",
        precision == Precision::kFp32 ? "fp32" : "bf16", seconds / threads, threads / seconds,
        threads * gflop / seconds, 100 * threads * gflop / seconds / peak);
  }
}

int Main(int argc, char** argv) {
  RestartWithBestBlasKernels(argv);
  KeepFreedMemory();
  SetThreads(0);
  at::set_num_threads(1);
  const int repeats = argc > 1 ? std::max(1, std::atoi(argv[1])) : 5;
  std::printf("%d threads, one photograph each\n", Threads());
  Measure({"efficientnet_b7", Taps::kPooled, 600, 600}, repeats);
  Measure({"inception_resnet_v2", Taps::kMultigap, 664, 996}, repeats);
  Measure({"mobilenet_v1_025", Taps::kMultigap, 512, 384}, repeats);
  return 0;
}

}  // namespace
}  // namespace kallos::nn

int main(int argc, char** argv) {
  return kallos::nn::Main(argc, argv);
}
