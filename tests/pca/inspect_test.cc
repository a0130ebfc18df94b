#include "pca/inspect.h"

#include "lib/core/text.h"

#include "pca/spectrum.h"
#include "pca/spectrum_plot.h"
#include "tests/model/example_reduction.h"
#include "tests/pca/planted_store.h"
#include "tests/store/example_store.h"

namespace kallos::pca {
namespace {

using testing::HasSubstr;

class InspectTest : public store::StoreTest {
 protected:
  static std::string OutputOf(const InspectConfig& config) {
    RunRecord record("test", "");
    RunContext context{0, record};
    testing::internal::CaptureStdout();
    RunInspect(config, context);
    return testing::internal::GetCapturedStdout();
  }

  // The last cell of the row that begins with the cell `name`: "| NAME | ... | 0.9  |".
  static double NumberOfRow(const std::string& output, const std::string& name) {
    for (const std::string& line : Split(output, '\n')) {
      if (!line.starts_with("| " + name + " ")) continue;
      const std::vector<std::string> cells = Split(line, '|');
      const std::string& cell = cells.at(cells.size() - 2);
      return ParseDouble(cell.substr(1, cell.find(' ', 1) - 1)).value_or(-1);
    }
    ADD_FAILURE() << "no row " << name << " in\n" << output;
    return -1;
  }
};

TEST_F(InspectTest, EffectiveRankOfKnownSpectra) {
  EXPECT_NEAR(EffectiveRank(std::vector<double>(17, 0.3)), 17, 1e-9);
  EXPECT_NEAR(EffectiveRank({5, 0, 0}), 1, 1e-12);
  EXPECT_EQ(EffectiveRank({0, 0}), 0);
  // The entropy of 1/2, 1/4, 1/4 is 1.5 bits.
  EXPECT_NEAR(EffectiveRank({2, 1, 1}), std::pow(2, 1.5), 1e-12);
}

TEST_F(InspectTest, ComponentsForAShare) {
  const std::vector<double> shares = CumulatedShares({4, 3, 2, 1}, 12);
  EXPECT_EQ(ComponentsFor(shares, 0.3), 1);
  EXPECT_EQ(ComponentsFor(shares, 4.0 / 12), 1);
  EXPECT_EQ(ComponentsFor(shares, 0.5), 2);
  EXPECT_EQ(ComponentsFor(shares, 10.0 / 12), 4);
  EXPECT_EQ(ComponentsFor(shares, 0.9), std::nullopt);
}

// b is a with its last row turned by a known angle out of the space of a.
TEST_F(InspectTest, AKnownAngleAndErrorAreFound) {
  const model::Reduction a = model::ExampleModel(50, 6);
  for (const double angle : {0.0, 1e-4, 0.3, 1.5}) {
    model::Reduction b = a;
    // Its first six rows are those of a.
    const Matrix<double> basis = model::RandomOrthonormal(7, 50, 1);
    for (size_t j = 0; j < 50; ++j)
      b.components(5, j) =
          static_cast<float>(std::cos(angle) * basis(5, j) + std::sin(angle) * basis(6, j));
    b.explained_variance[3] *= 1.01;
    const Comparison result = Compare(b, a);
    EXPECT_EQ(result.count, 6);
    EXPECT_NEAR(result.angle, angle, 1e-6);
    EXPECT_NEAR(result.variance_error, 0.01, 1e-9);
  }
  EXPECT_NEAR(Compare(model::ExampleIca(50, 6), a).angle, 0, 1e-5);
  EXPECT_EQ(Compare(model::ExampleModel(50, 4), a).count, 4);
  EXPECT_THAT(MessageOf([&] { Compare(model::ExampleModel(49, 6), a); }),
              HasSubstr("49 and 50 columns"));
}

TEST_F(InspectTest, ErrorsOfFittedAndHeldOutRows) {
  // The kept directions reach the fitted rows wholly; a held-out one lies across them.
  model::Reduction model = model::ExampleModel(2, 1);
  model.components(0, 0) = 1;
  model.components(0, 1) = 0;
  model.mean = {0, 0};
  model::WriteReduction(folder_ / "pca.h5", model);
  store::Manifest manifest = MakeManifest(3);
  manifest.rows[0].split = "train";
  manifest.rows[1].split = "val";
  manifest.rows[2].benchmark = "b";
  const store::StoreWriter writer(folder_ / "s", MakeInfo(2), manifest, 10);
  store::Shard shard{{"photo000", "photo001", "photo002"}, {0, 0, 0}, Matrix<float>(3, 2), {}};
  shard.features(0, 0) = 5;
  shard.features(1, 0) = 1;
  shard.features(1, 1) = 3;
  shard.features(2, 1) = 2;
  writer.WriteShard(0, shard);
  ASSERT_TRUE(writer.FinishIfComplete());
  const std::string output = OutputOf({folder_ / "pca.h5", folder_ / "s", {}, {}, {}});
  EXPECT_EQ(NumberOfRow(output, "fitted on: train"), 0);
  EXPECT_NEAR(NumberOfRow(output, "held out: val"), 0.9, 1e-6);
  EXPECT_NEAR(NumberOfRow(output, "held out: benchmark b"), 1, 1e-6);
}

TEST_F(InspectTest, TheManifestOfTheFitDecidesWhatIsHeldOut) {
  const Matrix<float> values = PlantedRows(40, 6, {5, 4, 3}, 1);
  WriteStore(folder_ / "s", values, 40);
  const store::FeatureStore features(folder_ / "s");
  std::string csv = "id,split\n";
  for (size_t i = 0; i < 30; ++i)
    csv += fmt::format("row{:06},{}\n", i, i % 2 == 0 ? "train" : "test");
  PublishBytes(folder_ / "m.csv", csv);
  model::Reduction model = model::ExampleModel(6, 2);
  model.source = {features.info().extractor,
                  features.info().description,
                  features.info().fingerprint,
                  features.content_hash(),
                  "train",
                  model.source.row_count};
  model.singular_values.clear();
  model.source.row_count = 15;
  for (const double variance : model.explained_variance)
    model.singular_values.push_back(std::sqrt(14 * variance));
  model::WriteReduction(folder_ / "pca.h5", model);

  const std::string own = OutputOf({folder_ / "pca.h5", folder_ / "s", {}, {}, {}});
  EXPECT_THAT(
      own, HasSubstr("fitted on 15 rows, but the split says 40: give the --manifest of the fit"));
  const std::string given =
      OutputOf({folder_ / "pca.h5", folder_ / "s", folder_ / "m.csv", {}, {}});
  EXPECT_THAT(given, testing::ContainsRegex("fitted on: train +\\| 15 "));
  EXPECT_THAT(given, testing::ContainsRegex("held out: test +\\| 15 "));
  EXPECT_THAT(given, testing::ContainsRegex("held out: not in the manifest +\\| 10 "));
  EXPECT_THAT(given, testing::Not(HasSubstr("--manifest")));
}

TEST_F(InspectTest, PrintsAndDraws) {
  model::WriteReduction(folder_ / "pca.h5", model::ExampleModel(20, 5));
  const std::string output =
      OutputOf({folder_ / "pca.h5", {}, {}, folder_ / "pca.h5", folder_ / "x.html"});
  EXPECT_THAT(output, HasSubstr("20 columns to 5"));
  EXPECT_THAT(output, HasSubstr("101 rows (train)"));
  EXPECT_THAT(output, HasSubstr("| component | variance | share % | sum %"));
  EXPECT_THAT(output, testing::ContainsRegex("\\| 90 % +\\| [0-9]"));
  EXPECT_THAT(output, HasSubstr("largest relative error of a variance  0.000e+00"));
  const std::string html = ReadFile(folder_ / "x.html");
  EXPECT_THAT(html, HasSubstr("<!doctype html>"));
  EXPECT_THAT(html, HasSubstr("prefers-color-scheme"));
  EXPECT_EQ(html.find("nan"), std::string::npos);
  Violations violations;
  Validate({{}, {}, {}, {}, "x.png"}, violations);
  EXPECT_EQ(violations.size(), 1u);
  Validate({"pca.h5", {}, "m.csv", {}, {}}, violations);
  EXPECT_EQ(violations.size(), 2u);
}

TEST_F(InspectTest, DrawingsOfAllSizesHoldNoNanAndEscapeTheTitle) {
  for (const size_t size : {size_t{1}, size_t{2}, size_t{30}, size_t{900}}) {
    const std::string svg = SpectrumSvg(model::ExampleModel(size, (size + 1) / 2), "a<b & c");
    EXPECT_EQ(svg.find("nan"), std::string::npos) << size;
    EXPECT_EQ(svg.find("inf"), std::string::npos) << size;
    EXPECT_THAT(svg, HasSubstr("a&lt;b &amp; c"));
  }
}

}  // namespace
}  // namespace kallos::pca
