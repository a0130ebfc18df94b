// Images a second of a training step. Usage: training_bench [NETWORK] [SIDE] [BATCH] [OUTPUTS]
// [DEVICE]
#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "lib/core/error.h"
#include "lib/core/memory.h"
#include "lib/core/rng.h"
#include "lib/nn/training/trainable_network.h"
#include "lib/parallel/parallel.h"

namespace kallos::nn {
namespace {

std::vector<PictureF> RandomPictures(size_t count, int side) {
  std::vector<PictureF> pictures(
      count, {side, side, std::vector<float>(3 * static_cast<size_t>(side) * side)});
  Stream stream(1, "bench/pictures");
  for (PictureF& picture : pictures) {
    for (float& value : picture.rgb) value = static_cast<float>(stream.Uniform(0, 255));
  }
  return pictures;
}

double Seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void Measure(const TrainingOptions& options, int side, size_t batch) {
  constexpr int kSteps = 8;
  TrainableNetwork network(options);
  network.Initialize(1);
  const std::vector<PictureF> pictures = RandomPictures(batch, side);
  const auto loss = [](MatrixView<const float> outputs, MatrixView<float> gradient) {
    for (size_t i = 0; i < outputs.rows * outputs.columns; ++i)
      gradient.data[i] = outputs.data[i] * 1e-5f;
  };
  std::vector<double> seconds;
  for (int i = 0; i <= kSteps; ++i)
    seconds.push_back(Seconds([&] { network.Step(pictures, 0.001, 1, loss); }));
  std::sort(seconds.begin() + 1, seconds.end());  // the first one warms up
  fmt::print(
      "{} {} x {}, batch {}, {} outputs, {}, {} threads: {:.2f} images/s (median of {} steps), "
      "{:.2f} at best\n",
      options.network, side, side, batch, options.outputs, options.device.Name(), Threads(),
      static_cast<double>(batch) / seconds[1 + kSteps / 2], kSteps,
      static_cast<double>(batch) / seconds[1]);
}

}  // namespace
}  // namespace kallos::nn

int main(int argc, char** argv) {
  kallos::KeepFreedMemory();
  const auto word = [&](int i, const char* otherwise) { return argc > i ? argv[i] : otherwise; };
  kallos::nn::TrainingOptions options;
  options.network = word(1, "shufflenet_v2_narrow");
  options.outputs = std::atoi(word(4, "16928"));
  options.device = kallos::ResolveDevice(word(5, "cpu"));
  kallos::nn::Measure(options, std::atoi(word(2, "600")),
                      static_cast<size_t>(std::atoi(word(3, "8"))));
}
