// Exact fits through LibTorch (on the CPU) against those of the host.
#include <gmock/gmock.h>

#include <cmath>

#include "lib/core/error.h"
#include "lib/device/torch_algebra.h"
#include "pca/exact.h"
#include "tests/pca/planted_store.h"

namespace kallos::pca {
namespace {

class TorchFit : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) /
              fmt::format("kallos_torch_fit_{}_{}", test->name(), getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  ExactSettings Settings(int64_t count, bool torch) const {
    ExactSettings settings;
    settings.count = [count](const std::vector<double>&, int64_t) { return count; };
    settings.checkpoint = {folder_ / (torch ? "torch" : "host"), Sha256Hex("key"), 1e9};
    if (torch) settings.algebra = MakeTorchAlgebra({});
    return settings;
  }

  fs::path folder_;
};

TEST_F(TorchFit, AgreesByColumnsAndByRows) {
  for (const auto& [n, d] : {std::pair<size_t, size_t>{900, 80}, {70, 2100}}) {
    const fs::path folder = folder_ / std::to_string(d);
    WriteStore(folder, PlantedRows(n, d, {9, 7, 5, 3, 2, 1}, 1), 100);
    const store::FeatureStore features(folder);
    const TrainingRows rows(features, Rows::kTrain);
    const model::Reduction host = FitExact(rows, Settings(6, false));
    const model::Reduction torch = FitExact(rows, Settings(6, true));
    EXPECT_EQ(torch.rank, host.rank);
    EXPECT_EQ(torch.mean, host.mean) << "is the host's";
    EXPECT_NEAR(torch.total_variance / host.total_variance, 1, 1e-10);
    for (size_t i = 0; i < 6; ++i) {
      EXPECT_NEAR(torch.explained_variance[i] / host.explained_variance[i], 1, 1e-10);
      for (size_t j = 0; j < d; ++j)
        ASSERT_NEAR(torch.components(i, j), host.components(i, j), 1e-7);  // float32
    }
  }
}

TEST_F(TorchFit, StoppedFitGoesOnToTheSameBytes) {
  WriteStore(folder_ / "store", PlantedRows(5000, 30, {5, 4, 3, 2}, 2), 500);
  const store::FeatureStore features(folder_ / "store");
  const TrainingRows rows(features, Rows::kTrain);
  ASSERT_GT(rows.block_count(), 3u);
  const model::Reduction whole = FitExact(rows, Settings(4, true));
  ExactSettings stopped = Settings(4, true);
  stopped.checkpoint.interval_seconds = 0;
  stopped.count = [](const std::vector<double>&, int64_t) -> int64_t {
    throw InterruptedError("after the sums");
  };
  EXPECT_THROW(FitExact(rows, stopped), Error);
  ASSERT_TRUE(fs::exists(folder_ / "torch"));
  const model::Reduction resumed = FitExact(rows, Settings(4, true));
  EXPECT_EQ(resumed.spectrum, whole.spectrum);
  EXPECT_TRUE(std::equal(whole.components.data(), whole.components.data() + 4 * 30,
                         resumed.components.data()));
}

TEST_F(TorchFit, DeviceMemoryIsStatedWithoutAnAnswerFromTheDevice) {
  WriteStore(folder_ / "store", PlantedRows(50, 10, {5, 4}, 3), 50);
  const store::FeatureStore features(folder_ / "store");
  EXPECT_NO_THROW(
      RequireDeviceMemory(TrainingRows(features, Rows::kTrain), 2, *MakeTorchAlgebra({})));
}

}  // namespace
}  // namespace kallos::pca
