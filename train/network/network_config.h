// The settings that all trainings on photographs share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/config/config.h"
#include "lib/device/device.h"
#include "lib/image/augment.h"
#include "lib/nn/backbone.h"
#include "lib/nn/training/optimizer_options.h"
#include "train/network/photo_frames.h"
#include "train/schedule.h"

namespace kallos::train {

struct NetworkConfig {
  std::string resize;
  std::filesystem::path out;
  int64_t epochs = 30;
  int64_t batch = 16;
  double lr = 0.003;
  Schedule scheduler = Schedule::kCosine;
  std::optional<double> decay;
  double warm_up = 0;
  double weight_decay = 0;
  double clip = 0;
  double average = 0;
  bool flip = true;
  double crop = 0;
  double rotate = 0;
  double colour = 0;
  std::optional<std::filesystem::path> cache;
  std::string device = "auto";
  Precision precision = Precision::kFp32;
  bool exif = true;
  double inner_validation = 0.15;
  bool fresh = false;
};

// Which photographs an epoch has, beyond each training photograph once: what the published
// trainings did.
struct PoolConfig {
  int64_t repeat_good = 1;
  int64_t pool = 0;
  int64_t load = 0;
  bool new_optimizer = false;
};

// How the network sees photographs.
template <class V>
void DescribeView(V& v, NetworkConfig& c) {
  v("resize", c.resize, Required(), "What the network sees, one size for all: border:600.");
  v("exif", c.exif, "Apply the orientation that the camera noted.");
}

// How it learns.
template <class V>
void DescribeNetwork(V& v, NetworkConfig& c) {
  v("out", c.out, Required(), "Folder for the bundle, history.csv and run.yaml.");
  v("epochs", c.epochs, InRange(1, 100000), "Passes over the training photographs.");
  v("batch", c.batch, InRange(2, 4096), "Photographs per step.");
  v("lr", c.lr, Above(0), "Learning rate before the first epoch.");
  v("scheduler", c.scheduler,
    "How the learning rate changes from epoch to epoch; see schedule.h for the formulas.");
  v("decay", c.decay, AtLeast(0),
    "k of the schedulers exp-compound and exp; 0.048 where not given.");
  v("warm-up", c.warm_up, InRange(0, 1000),
    "Epochs over which the learning rate grows from 0, by step.");
  v("weight-decay", c.weight_decay, InRange(0, 1), "AdamW's, of kernels only; 0 = Adam.");
  v("clip", c.clip, AtLeast(0), "A gradient longer than this is shortened to it; 0 = never.");
  v("average", c.average, InRange(0, 0.99999),
    "Decay of a moving average of the weights, which then is what is validated and kept; 0 = "
    "none.");
  v("flip", c.flip, "Train on photographs and their mirror images.");
  v("crop", c.crop, InRange(0, 0.9),
    "Largest share of each side that is cut away, aspect kept. Changes verdicts.");
  v("rotate", c.rotate, InRange(0, 45),
    "Largest angle in degrees, nothing filled in. Changes verdicts.");
  v("colour", c.colour, InRange(0, 1),
    "Largest change of brightness, contrast, saturation. Changes verdicts.");
  v("cache", c.cache,
    "Folder that keeps the resized photographs on disk; without it a quarter of the memory does.");
  v("device", c.device, "auto, cpu, cuda or cuda:1.");
  v("precision", c.precision, OneOf({"fp32", "tf32"}), "fp32, or on CUDA tf32, which is quicker.");
  v("inner-validation", c.inner_validation, InRange(0.01, 0.9),
    "Part of the training photographs that validates where the split has no 'val'.");
  v("fresh", c.fresh, "Start over instead of going on from a checkpoint.");
}

template <class V>
void DescribePool(V& v, PoolConfig& c) {
  v("repeat-good", c.repeat_good, InRange(1, 1000),
    "Good photographs stand so many times in the pool (published: 7).");
  v("pool", c.pool, AtLeast(0),
    "Train on so many draws of the pool, the same in all epochs; 0 = all of it.");
  v("load", c.load, AtLeast(0),
    "As published: --epochs passes over each so many photographs of the pool before the next; 0 = "
    "all at once.");
  v("new-optimizer", c.new_optimizer,
    "As published: with --load, the optimiser begins anew with each load.");
}

// --resize must give one size for all photographs.
void ValidateView(const NetworkConfig& config, Violations& violations);
// --decay needs a scheduler that has one, --warm-up a training that is longer.
void ValidateNetwork(const NetworkConfig& config, Violations& violations);
void ValidatePool(const PoolConfig& config, Violations& violations);
// What a training begins with must not lie where --fresh removes.
void ValidateOutside(const char* flag, const std::filesystem::path& input,
                     const NetworkConfig& config, Violations& violations);

// With all that is left to a default, and only one way to say each.
NetworkConfig WrittenOut(NetworkConfig config);

// The settings of one of the trainings that decide its result, as text: all but what `places` and
// NetworkConfig say about where things lie. Of the device, its kind.
template <typename Config>
std::string DecidingSettings(Config config, std::vector<std::string> places) {
  config.network = WrittenOut(config.network);
  places.insert(places.end(), {"out", "cache", "fresh", "device"});
  return SettingsWithout(config, places) +
         (ResolveDevice(config.network.device).cuda ? "cuda" : "cpu");
}

// Throws UsageError where photographs after --resize are smaller than the network takes.
void RequireLargeEnough(const std::string& backbone, const NetworkConfig& config);

FrameSettings FramesOf(const NetworkConfig& config);
image::Augmentation AugmentationOf(const NetworkConfig& config);
nn::OptimizerOptions OptimizerOf(const NetworkConfig& config);

}  // namespace kallos::train
