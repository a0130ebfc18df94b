// The device of a fit by its word, with and without LibTorch.
#include "pca/algebra.h"

#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "pca/fit_config.h"

namespace kallos::pca {
namespace {

TEST(Algebra, ByWord) {
  EXPECT_EQ(FitConfig().device, "cpu") << "the default must not depend on the machine";
  EXPECT_EQ(MakeAlgebra("cpu")->Name(), "cpu");
  EXPECT_THAT(MakeAlgebra("auto")->Name(), testing::AnyOf("cpu", "cuda:0"));
  for (const char* word : {"cuda:99", "cuda:100"}) {
    try {
      MakeAlgebra(word);
      FAIL() << word;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kEnvironment);
      EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("LibTorch"),
                                               testing::HasSubstr("use --device cpu")));
    }
  }
  EXPECT_THROW(MakeAlgebra("gpu"), Error);
}

}  // namespace
}  // namespace kallos::pca
