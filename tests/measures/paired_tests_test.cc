#include "lib/measures/paired_tests.h"

#include <cmath>
#include <numeric>

#include "tests/measures/example_predictions.h"

namespace kallos::measures {
namespace {

// Predictions of which `only_a` rows are judged right by A alone, `only_b` by
// B alone, `both` by both.
std::pair<std::vector<Prediction>, std::vector<Prediction>> Discordants(int only_a, int only_b,
                                                                        int both) {
  std::vector<double> a, b;
  std::vector<int> labels;
  const auto add = [&](int count, double p, double q) {
    for (int i = 0; i < count; ++i) a.push_back(p), b.push_back(q), labels.push_back(1);
  };
  add(only_a, 0.9, 0.1), add(only_b, 0.2, 0.8), add(both, 0.7, 0.6);
  return {MakePredictions(a, labels), MakePredictions(b, labels)};
}

// scipy.stats.binomtest(min(b, c), b + c).pvalue, scipy 1.10
TEST(McNemar, IsTheExactBinomialTest) {
  struct Case {
    int only_a, only_b;
    double p;
  };
  for (const Case& c : {Case{10, 2, 0.03857421875}, Case{5, 5, 1.0}, Case{0, 0, 1.0},
                        Case{0, 1, 1.0}, Case{0, 6, 0.03125}, Case{59, 33, 0.008780930806975229}}) {
    const auto [a, b] = Discordants(c.only_a, c.only_b, 7);
    EXPECT_NEAR(McNemarP(a, b, GroupsOf(a)), c.p, 1e-12) << c.only_a << ' ' << c.only_b;
    EXPECT_NEAR(McNemarP(b, a, GroupsOf(a)), c.p, 1e-12);
    EXPECT_EQ(CountDiscordant(a, b).only_a, c.only_a);
    EXPECT_EQ(CountDiscordant(a, b).only_b, c.only_b);
  }
}

// All 2^groups signs, one by one.
double BySigns(const std::vector<Prediction>& a, const std::vector<Prediction>& b,
               const Groups& groups) {
  std::vector<int> surplus;
  for (const auto& rows : groups) {
    int sum = 0;
    for (const size_t row : rows) {
      const auto right = [&](const Prediction& p) {
        return IsGood(p.probability) == (p.label == 1) ? 1 : 0;
      };
      sum += right(a[row]) - right(b[row]);
    }
    surplus.push_back(sum);
  }
  const int observed = std::abs(std::accumulate(surplus.begin(), surplus.end(), 0));
  int extreme = 0;
  for (unsigned signs = 0; signs < 1u << surplus.size(); ++signs) {
    int sum = 0;
    for (size_t i = 0; i < surplus.size(); ++i)
      sum += (signs >> i & 1) != 0 ? surplus[i] : -surplus[i];
    extreme += std::abs(sum) >= observed ? 1 : 0;
  }
  return static_cast<double>(extreme) / static_cast<double>(1u << surplus.size());
}

TEST(McNemar, GroupsCountAsOneDraw) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    std::vector<Prediction> a = DrawPredictions(seed, 40), b = DrawPredictions(seed + 100, 40);
    Stream stream(seed, "test/groups");
    for (size_t i = 0; i < a.size(); ++i) {
      b[i].label = a[i].label;
      a[i].group = b[i].group = fmt::format("g{}", stream.Below(10));
    }
    const Groups groups = GroupsOf(a);
    EXPECT_NEAR(McNemarP(a, b, groups), BySigns(a, b, groups), 1e-12) << seed;
  }
}

// 30 000 rows in groups of 3 that agree: too many for the exact form.
TEST(McNemar, LargeGroupedSamplesAreNormal) {
  auto [a, b] = Discordants(15300, 14700, 0);
  for (size_t i = 0; i < a.size(); ++i) a[i].group = b[i].group = fmt::format("g{}", i / 3);
  const double z = 600 / std::sqrt(9.0 * 10000);
  EXPECT_NEAR(McNemarP(a, b, GroupsOf(a)), std::erfc(z / std::sqrt(2.0)), 1e-12);
}

// DeLong's covariance as the paper defines it: placement values, their sample covariances.
AucDifference ByDefinition(const std::vector<Prediction>& a, const std::vector<Prediction>& b) {
  const auto psi = [](double good, double bad) {
    return good > bad ? 1.0 : good == bad ? 0.5 : 0.0;
  };
  std::vector<size_t> good, bad;
  for (size_t i = 0; i < a.size(); ++i) (a[i].label == 1 ? good : bad).push_back(i);
  std::vector<double> v10(good.size()), v01(bad.size());  // of A - B
  double auc = 0;
  for (size_t i = 0; i < good.size(); ++i) {
    for (size_t j = 0; j < bad.size(); ++j) {
      const double d = psi(a[good[i]].probability, a[bad[j]].probability) -
                       psi(b[good[i]].probability, b[bad[j]].probability);
      v10[i] += d / static_cast<double>(bad.size());
      v01[j] += d / static_cast<double>(good.size());
      auc += d / static_cast<double>(good.size() * bad.size());
    }
  }
  const auto variance = [&](const std::vector<double>& v) {
    double sum = 0;
    for (const double x : v) sum += (x - auc) * (x - auc);
    return sum / static_cast<double>(v.size() - 1) / static_cast<double>(v.size());
  };
  const double sd = std::sqrt(variance(v10) + variance(v01));
  return {auc, Interval{auc - 1.959963984540054 * sd, auc + 1.959963984540054 * sd},
          std::erfc(std::abs(auc) / sd / std::sqrt(2.0)), ""};
}

TEST(DeLong, IsThatOfTheDefinition) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const int levels = seed % 2 == 0 ? 0 : 7;  // with ties
    const std::vector<Prediction> a = DrawPredictions(seed, 60, levels);
    std::vector<Prediction> b = DrawPredictions(seed + 100, 60, levels);
    for (size_t i = 0; i < a.size(); ++i) b[i].label = a[i].label;
    const AucDifference found = CompareAucs(a, b, GroupsOf(a)), expected = ByDefinition(a, b);
    EXPECT_NEAR(found.value, expected.value, 1e-12);
    EXPECT_NEAR(found.interval.value().low, expected.interval->low, 1e-12);
    EXPECT_NEAR(found.interval.value().high, expected.interval->high, 1e-12);
    EXPECT_NEAR(found.p.value(), *expected.p, 1e-12);
    EXPECT_NEAR(CompareAucs(b, a, GroupsOf(a)).value, -found.value, 1e-12);
  }
}

TEST(DeLong, TheSameRankingHasNoTest) {
  const std::vector<Prediction> a = DrawPredictions(1, 50);
  std::vector<Prediction> b = a;
  for (Prediction& p : b) p.probability = p.probability / 2;
  const AucDifference found = CompareAucs(a, b, GroupsOf(a));
  EXPECT_EQ(found.value, 0);
  EXPECT_FALSE(found.p);
  EXPECT_THAT(found.why, testing::HasSubstr("variance"));
}

TEST(Holm, KnownValues) {
  EXPECT_TRUE(HolmAdjusted({}).empty());
  // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
  const std::vector<double> expected = {0.03, 0.06, 0.06, 0.02};
  const std::vector<double> found = HolmAdjusted({0.01, 0.04, 0.03, 0.005});
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-15);
  EXPECT_EQ(HolmAdjusted({0.9, 0.8}), (std::vector<double>{1, 1}));
}

}  // namespace
}  // namespace kallos::measures
