// The code for CUDA devices, run by LibTorch on the CPU.
#include "lib/device/torch_algebra.h"

#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "tests/device/algebra_laws.h"

namespace kallos {
namespace {

TEST(TorchAlgebra, AgreesWithTheHost) {
  ExpectAgreesWithHost(*MakeTorchAlgebra({}));
}

TEST(TorchAlgebra, TheCallerMayStopOnceValuesAreKnown) {
  Matrix<double> gram = RandomGram(20, 10, 1);
  std::vector<std::string> steps;
  const auto stop = [](const std::vector<double>& values) -> size_t {
    EXPECT_EQ(values.size(), 10);
    throw InputError("too few");
  };
  const linalg::EigenWatch watch = {
      .on_step = [&](const std::string& step, double) { steps.push_back(step); }, .on_work = {}};
  EXPECT_THAT([&] { MakeTorchAlgebra({})->LargestEigenpairs(gram, stop, watch); },
              testing::ThrowsMessage<Error>("too few"));
  EXPECT_THAT(steps, testing::ElementsAre("eigenvectors on cpu"));
}

TEST(TorchAlgebra, WhatLibTorchRefusesIsAnEnvironmentError) {
  Matrix<double> gram(3, 3, std::numeric_limits<double>::quiet_NaN());
  try {
    MakeTorchAlgebra({})->LargestEigenpairs(gram, [](const std::vector<double>&) { return 1; });
    FAIL() << "NaN has eigenvectors";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kEnvironment);
    EXPECT_THAT(error.what(),
                testing::AllOf(testing::HasSubstr("--device cpu: LibTorch says: linalg.eigh"),
                               testing::Not(testing::HasSubstr("frame #0"))));
  }
}

TEST(Device, Words) {
  EXPECT_EQ(ResolveDevice("cpu").Name(), "cpu");
  EXPECT_EQ((Device{true, 3}).Name(), "cuda:3");
  for (const char* word : {"", "gpu", "CPU", "cuda:", "cuda:-1", "cuda:x", "cuda0"}) {
    EXPECT_THAT(
        [&] { ResolveDevice(word); },
        testing::ThrowsMessage<Error>(testing::HasSubstr("expected auto, cpu, cuda or cuda:0")))
        << word;
  }
  EXPECT_THAT([] { ResolveDevice("cuda:99"); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("use --device cpu")));
  EXPECT_FALSE(FreeMemory({})) << "the CPU's memory is lib/core/memory.h's";
}

}  // namespace
}  // namespace kallos
