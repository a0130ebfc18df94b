// Photographs with an easy problem: good ones are bright. And a teacher that knows it.
#pragma once

#include "lib/core/stop.h"
#include "lib/image/image.h"
#include "lib/model/rater.h"
#include "lib/parallel/parallel.h"
#include "tests/train/example_data.h"
#include "train/distill/feature_run.h"
#include "train/distill/finetune_run.h"
#include "train/network/joint_run.h"
#include "train/training.h"

namespace kallos::train {

// 0 is dark, 1 is bright.
inline double BrightnessOf(size_t i) {
  Stream random(3, "test/brightness", i);
  return i % 2 == 0 ? random.Uniform(0.7, 0.9) : random.Uniform(0.1, 0.3);
}
inline double TintOf(size_t i) {
  return Stream(3, "test/tint", i).Uniform(-1, 1);
}

inline Picture8 LearnablePhoto(size_t i) {
  Stream random(3, "test/pixels", i);
  Picture8 picture{50, 60, {}};
  for (int k = 0; k < 50 * 60; ++k) {
    for (const int c : {-1, 0, 1}) {
      const double value = 255 * BrightnessOf(i) + 20 * TintOf(i) * c + random.Uniform(-15, 15);
      picture.rgb.push_back(static_cast<uint8_t>(std::clamp(value, 0.0, 255.0)));
    }
  }
  return picture;
}

class LearnablePhotos : public TrainTest {
 protected:
  static constexpr size_t kPhotos = 128;

  void SetUp() override {
    TrainTest::SetUp();
    manifest_ = ExampleManifest(folder_, kPhotos);
    for (size_t i = 0; i < kPhotos; ++i) {
      image::WriteJpeg(folder_ / manifest_.rows[i].path, LearnablePhoto(i), 92);
      manifest_.rows[i].sha256 = Sha256OfFile(folder_ / manifest_.rows[i].path);
    }
    GiveManifest();
  }
  void TearDown() override {
    ClearStop();
    SetThreads(0);
    TrainTest::TearDown();
  }

  void GiveManifest() const { store::WriteManifest(folder_ / "m.csv", manifest_); }

  // Features that a look at the photograph gives, and a head on them.
  void MakeTeacher() const {
    WriteExampleStore(folder_ / "s", manifest_, 4, 0, "test", [](store::Shard& shard) {
      for (size_t i = 0; i < kPhotos; ++i) {
        const double b = BrightnessOf(i), t = TintOf(i);
        const double features[] = {3 * b - 1, 100 + 20 * t, 1e-3 * (b - t), b * b};
        for (size_t j = 0; j < 4; ++j) shard.features(i, j) = static_cast<float>(features[j]);
      }
    });
    HeadConfig config = Config("teacher");
    config.settings.standardize = true;
    config.settings.recipe.epochs = 40;
    Run(config);
  }
  fs::path teacher() const { return folder_ / "teacher/bundle"; }

  NetworkConfig Network(const std::string& out) const {
    NetworkConfig network;
    network.resize = "border:48";
    network.out = folder_ / out;
    network.epochs = 15;
    network.batch = 8;
    network.lr = 0.005;
    network.flip = false;
    network.device = "cpu";
    return network;
  }
  FeatureConfig Features(const std::string& out) const {
    FeatureConfig config;
    config.teacher = teacher();
    config.features = {folder_ / "s"};
    config.dropout = 0.0;
    config.network = Network(out);
    return config;
  }
  FinetuneConfig Finetune(const std::string& out, const fs::path& student) const {
    FinetuneConfig config;
    config.student = student;
    config.manifest = folder_ / "m.csv";
    config.network = Network(out);
    config.network.resize.clear();  // the bundle says it
    config.network.lr = 0.001;
    return config;
  }
  JointConfig Joint(const std::string& out) const {
    JointConfig config;
    config.manifest = folder_ / "m.csv";
    config.backbone = "shufflenet_v2_narrow";
    config.hidden = {8};
    config.dropout = {0.1};
    config.network = Network(out);
    return config;
  }

  template <typename Config>
  static void RunWith(const Config& config, void (*run)(const Config&, RunContext&),
                      uint64_t seed = 1) {
    RunRecord record("test", "");
    RunContext context{seed, record};
    run(config, context);
  }

  model::Bundle Load(const std::string& out) const {
    return model::LoadVerdictBundle(folder_ / out / "bundle");
  }
  std::vector<EpochRow> History(const std::string& out) const {
    return ParseHistory(ReadFile(folder_ / out / "history.csv"), "");
  }
  std::string StudentOf(const std::string& out) const {
    return ReadFile(folder_ / out / "bundle/student.safetensors");
  }

  double TestAccuracy(const std::string& out) const { return QualityOn("test", out).accuracy; }

  // Of the photographs of a split, by what the bundle says about the files.
  model::Quality QualityOn(const std::string& split, const std::string& out) const {
    std::vector<model::PhotoFile> files;
    std::vector<int> labels;
    for (const store::ManifestRow& row : manifest_.rows) {
      if (row.split != split) continue;
      files.push_back({manifest_.PathOf(row), row.sha256});
      labels.push_back(*row.label);
    }
    const auto found = model::PhotoProbabilities(Load(out), files, {{}, "cpu", ""});
    model::Quality sum;
    for (size_t i = 0; i < files.size(); ++i) {
      const double p = labels[i] == 1 ? found[i].value() : 1 - found[i].value();
      sum.loss -= std::log(p);
      sum.accuracy += p > 0.5;
    }
    const auto n = static_cast<double>(files.size());
    return {sum.loss / n, sum.accuracy / n};
  }

  store::Manifest manifest_;
};

}  // namespace kallos::train
