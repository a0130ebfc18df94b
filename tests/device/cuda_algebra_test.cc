// On a real device; skipped where there is none.
#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "lib/device/torch_algebra.h"
#include "tests/device/algebra_laws.h"

namespace kallos {
namespace {

class Cuda : public testing::Test {
 protected:
  void SetUp() override {
    device_ = ResolveDevice("auto");
    if (!device_.cuda) GTEST_SKIP() << "skipped: LibTorch sees no CUDA device here";
  }
  Device device_;
};

TEST_F(Cuda, AgreesWithTheHost) {
  ExpectAgreesWithHost(*MakeTorchAlgebra(device_));
}

TEST_F(Cuda, MoreMemoryThanItHasIsRefused) {
  const auto algebra = MakeTorchAlgebra(device_);
  algebra->RequireMemory(100, 100, 100);
  ASSERT_TRUE(FreeMemory(device_)) << "CUDA's library does not tell";
  EXPECT_THAT([&] { algebra->RequireMemory(1'000'000, 1, 1); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("are free")));
}

TEST_F(Cuda, SameBytesAgain) {
  const Matrix<double> gram = RandomGram(800, 400, 3);
  Matrix<double> a = gram;
  Matrix<double> b = gram;
  const auto all = [](const std::vector<double>& values) { return values.size(); };
  const linalg::Eigenpairs one = MakeTorchAlgebra(device_)->LargestEigenpairs(a, all);
  const linalg::Eigenpairs two = MakeTorchAlgebra(device_)->LargestEigenpairs(b, all);
  EXPECT_EQ(one.values, two.values);
  EXPECT_TRUE(std::equal(one.vectors.data(), one.vectors.data() + 400 * 400, two.vectors.data()));
}

}  // namespace
}  // namespace kallos
