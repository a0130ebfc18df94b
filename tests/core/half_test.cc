#include "lib/core/half.h"

#include <gmock/gmock.h>

#include <cmath>

#include "lib/core/rng.h"

namespace kallos {
namespace {

TEST(Half, KnownValues) {
  EXPECT_EQ(FloatToHalf(0.0f), 0x0000);
  EXPECT_EQ(FloatToHalf(-0.0f), 0x8000);
  EXPECT_EQ(FloatToHalf(1.0f), 0x3C00);
  EXPECT_EQ(FloatToHalf(-2.0f), 0xC000);
  EXPECT_EQ(FloatToHalf(65504.0f), 0x7BFF);
  EXPECT_EQ(FloatToHalf(65520.0f), 0x7C00);
  EXPECT_EQ(FloatToHalf(1.0f / 3.0f), 0x3555);
  EXPECT_EQ(FloatToHalf(std::ldexp(1.0f, -24)), 0x0001);
  EXPECT_EQ(FloatToHalf(std::ldexp(1.0f, -25)), 0x0000);  // a tie, to even
  EXPECT_EQ(FloatToHalf(std::ldexp(3.0f, -25)), 0x0002);  // a tie, to even
  EXPECT_TRUE(std::isnan(HalfToFloat(FloatToHalf(NAN))));
  EXPECT_EQ(HalfToFloat(0x7C00), INFINITY);
}

TEST(Half, EveryHalfSurvivesTheWayThere) {
  for (uint32_t half = 0; half < 0x10000; ++half) {
    const float value = HalfToFloat(static_cast<uint16_t>(half));
    if (!std::isnan(value)) {
      EXPECT_EQ(FloatToHalf(value), half);
    }
  }
}

TEST(Half, RoundsToTheNearest) {
  Stream random(1, "test/half");
  for (int trial = 0; trial < 20000; ++trial) {
    const auto value = static_cast<float>(
        std::ldexp(random.Uniform(-1, 1), static_cast<int>(random.Below(40)) - 24));
    const uint16_t half = FloatToHalf(value);
    const float error = std::abs(HalfToFloat(half) - value);
    for (const int step : {-1, 1}) {
      const float other = HalfToFloat(static_cast<uint16_t>(half + step));
      if (std::isfinite(other)) {
        EXPECT_LE(error, std::abs(other - value)) << value;
      }
    }
  }
}

}  // namespace
}  // namespace kallos
