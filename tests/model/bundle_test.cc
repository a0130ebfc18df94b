#include "lib/model/bundle.h"

#include "lib/core/text.h"
#include "tests/train/example_data.h"

namespace kallos::model {
namespace {

using testing::HasSubstr;

class BundleTest : public train::TrainTest {
 protected:
  void SetUp() override {
    train::TrainTest::SetUp();
    bundle_ = Make(1);
    path_ = folder_ / "bundle";
    SaveBundle(path_, bundle_);
  }

  // Two extractors of 4 and 5 columns, of which three are used.
  static Bundle Make(uint64_t seed) {
    Bundle bundle;
    bundle.parts = {{"mn", R"({"a":"\"b\""})", "f1", 4}, {"cnn", "two\nlines", "f2", 5}};
    bundle.selection = {8, 0, 4};
    bundle.selected_on = "val";
    bundle.mean = {1, 2, 3};
    bundle.scale = {0.5f, 0, 2};
    bundle.head = InitHead({3, {6}, {0.1}}, seed);
    bundle.temperature = 1.0 / 3;
    bundle.validation = {{"accuracy", 0.1}, {"n", 12}};
    return bundle;
  }

  std::string LoadMessage() const {
    return MessageOf([&] { LoadBundle(path_); });
  }

  void Replace(const std::string& from, const std::string& to) const {
    std::string text = ReadFile(path_ / "bundle.yaml");
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    PublishBytes(path_ / "bundle.yaml", text.replace(at, from.size(), to));
  }

  Bundle bundle_;
  fs::path path_;
};

TEST_F(BundleTest, GoesBothWaysAndEqualContentGivesEqualBytes) {
  const Bundle again = LoadBundle(path_);
  ASSERT_EQ(again.parts.size(), 2u);
  EXPECT_EQ(again.parts[0].description, bundle_.parts[0].description);
  EXPECT_EQ(again.parts[1].description, bundle_.parts[1].description);
  EXPECT_EQ(again.selection, bundle_.selection);
  EXPECT_EQ(again.selected_on, "val");
  EXPECT_EQ(again.mean, bundle_.mean);
  EXPECT_EQ(again.scale, bundle_.scale);
  EXPECT_EQ(again.temperature, bundle_.temperature);
  EXPECT_EQ(again.validation, bundle_.validation);
  SaveBundle(folder_ / "again", again);
  EXPECT_EQ(FilesOf(path_), FilesOf(folder_ / "again"));
}

TEST_F(BundleTest, PredictsFromTheSelectedStandardizedColumns) {
  Matrix<float> features(2, 9);
  for (size_t i = 0; i < 18; ++i) features.data()[i] = static_cast<float>(i * i % 7);
  const Matrix<float> inputs = HeadInputs(bundle_, features);
  EXPECT_EQ(inputs(1, 0), (features(1, 8) - 1) * 0.5f);
  EXPECT_EQ(inputs(1, 1), 0);
  EXPECT_EQ(inputs(1, 2), (features(1, 4) - 3) * 2);
  const std::vector<double> good = Predict(bundle_, features);
  const Matrix<float> logits = HeadOutputs(bundle_.head, std::as_const(inputs).View());
  for (size_t i = 0; i < 2; ++i)
    EXPECT_NEAR(good[i], 1 / (1 + std::exp(-3.0 * (logits(i, 1) - logits(i, 0)))), 1e-6);
}

TEST_F(BundleTest, DamagedAndSwappedHeadsAreRefused) {
  const fs::path head = path_ / "head.safetensors";
  const std::string bytes = ReadFile(head);
  for (const size_t size : {size_t{0}, size_t{8}, bytes.size() / 2, bytes.size() - 1}) {
    PublishBytes(head, bytes.substr(0, size));
    EXPECT_THAT(LoadMessage(), HasSubstr("head.safetensors"));
  }
  Stream random(1, "test/flips");
  for (int trial = 0; trial < 60; ++trial) {
    std::string flipped = bytes;
    flipped[random.Below(bytes.size())] ^= static_cast<char>(1 << random.Below(8));
    PublishBytes(head, flipped);
    EXPECT_THAT(LoadMessage(), HasSubstr("damaged or not of this bundle"));
  }
  SaveBundle(folder_ / "other", Make(2));
  PublishBytes(head, ReadFile(folder_ / "other/head.safetensors"));
  EXPECT_THAT(LoadMessage(), HasSubstr("damaged or not of this bundle"));
  fs::remove(head);
  EXPECT_THAT(LoadMessage(), HasSubstr("head.safetensors"));
}

TEST_F(BundleTest, DamagedIndexesAreRefused) {
  const std::string bytes = ReadFile(path_ / "bundle.yaml");
  for (const size_t size : {size_t{0}, bytes.size() / 3, bytes.size() / 2}) {
    PublishBytes(path_ / "bundle.yaml", bytes.substr(0, size));
    EXPECT_THAT(LoadMessage(), HasSubstr("bundle.yaml")) << size;
  }
  const std::pair<std::string, std::string> changes[] = {
      {"format_version: 2", "format_version: 0"},
      {"format_version: 2", "format_version: two"},
      {"link: softmax", "link: probit"},
      {"standardized: true", "standardized: false"},
      {"labels: [bad, good]", "labels: [bad, bad]"},
      {"labels: [bad, good]", "labels: [bad, fair, good]"},
      {"labels: [bad, good]", "labels: good"},
      {"temperature: 0.", "temperature: -0."},
      {"accuracy: 0.1", "accuracy: x"},
      {"selected_columns: 3", "selected_columns: 0"},
      {"dimension: 5", "dimension: many"}};
  for (const auto& [from, to] : changes) {
    PublishBytes(path_ / "bundle.yaml", bytes);
    Replace(from, to);
    EXPECT_NE(LoadMessage(), "no error") << to;
  }
  PublishBytes(path_ / "bundle.yaml", bytes);
  Replace("format_version: 2", "format_version: 3");
  EXPECT_THAT(LoadMessage(), HasSubstr("format version 3, this program reads 1 to 2"));
  fs::remove(path_ / "bundle.yaml");
  EXPECT_THAT(LoadMessage(), testing::EndsWith("is no model bundle"));
  PublishBytes(path_ / "bundle/bundle.yaml", bytes);
  EXPECT_THAT(LoadMessage(), HasSubstr(", did you mean " + PathText(path_ / "bundle") + "?"));
}

TEST_F(BundleTest, AnotherThresholdIsRefused) {
  Replace("threshold: 0.5", "threshold: 0.9");
  EXPECT_THAT(LoadMessage(), HasSubstr("threshold 0.9"));
}

TEST_F(BundleTest, EveryKeyIsNeededAndNoOtherIsTaken) {
  const std::string bytes = ReadFile(path_ / "bundle.yaml");
  for (const std::string key :
       {"format_version", "link", "labels", "extractors", "selected_columns", "selection_sha256",
        "standardized", "threshold", "temperature", "validation", "head_sha256", "dimension"}) {
    PublishBytes(path_ / "bundle.yaml", bytes);
    Replace(key + ":", "calibrated:");
    EXPECT_THAT(LoadMessage(),
                testing::AnyOf(HasSubstr("unknown key 'calibrated'"), HasSubstr("is missing")))
        << key;
  }
}

// Format version 1 has no link, and its classes are bad and good.
TEST_F(BundleTest, HeadsOfFormatVersion1TellGoodFromBad) {
  Replace("format_version: 2\nlink: softmax\n", "format_version: 1\n");
  EXPECT_EQ(LoadBundle(path_).outputs, Outputs());
  Replace("labels: [bad, good]", "labels: [good, bad]");
  EXPECT_THAT(LoadMessage(), HasSubstr("labels [good, bad]"));
  Replace("labels: [good, bad]", "link: softmax\nlabels: [bad, good]");
  EXPECT_THAT(LoadMessage(), HasSubstr("unknown key 'link'"));
}

TEST_F(BundleTest, HeadsOfAnyOutputsGoBothWays) {
  const Outputs all[] = {{Link::kSoftmax, {"1", "2", "3", "4", "5"}},
                         {Link::kSigmoid, {"sharp", "well lit"}},
                         {Link::kSoftmax, {"good", "bad"}},
                         {Link::kIdentity, {"score: 1 to 10"}}};
  Matrix<float> features(3, 9);
  for (size_t i = 0; i < 27; ++i) features.data()[i] = static_cast<float>(i * i % 7);
  for (const Outputs& outputs : all) {
    Bundle bundle = Make(3);
    bundle.outputs = outputs;
    bundle.head = InitHead({3, {6}, {0.1}, outputs.labels.size()}, 3);
    if (outputs.link == Link::kIdentity) bundle.temperature = 1;
    SaveBundle(folder_ / "any", bundle);
    const Bundle again = LoadBundle(folder_ / "any");
    EXPECT_EQ(again.outputs, outputs);
    EXPECT_EQ(again.temperature, bundle.temperature);
    const Matrix<double> expected = AnswersOf(bundle, features), found = AnswersOf(again, features);
    ASSERT_EQ(found.columns(), outputs.labels.size());
    for (size_t i = 0; i < 3; ++i)
      EXPECT_THAT(found.Row(i), testing::ElementsAreArray(expected.Row(i)));
    EXPECT_THAT(MessageOf([&] { LoadVerdictBundle(folder_ / "any"); }),
                testing::AllOf(HasSubstr("any: its head gives the " + TextOf(outputs)),
                               HasSubstr("softmax of [bad, good]")));
  }
  EXPECT_TRUE(IsVerdict(LoadVerdictBundle(path_).outputs));
}

TEST_F(BundleTest, SelectionsAreChecked) {
  PublishBytes(path_ / "selection.csv", "index\n0\n1\n2\n");
  EXPECT_THAT(LoadMessage(), HasSubstr("selection.csv: damaged or not of this bundle"));
  fs::remove(path_ / "selection.csv");
  EXPECT_THAT(LoadMessage(), HasSubstr("selection.csv: no such file"));
  const auto message = [&](const std::string& text) {
    PublishBytes(folder_ / "columns.csv", text);
    return MessageOf([&] { ReadSelectionCsv(folder_ / "columns.csv", 9); });
  };
  EXPECT_THAT(message("index\n0\n9\n1\n"), HasSubstr("columns.csv:3: index '9' is not in [0, 9)"));
  EXPECT_THAT(message("column\n0\n"), HasSubstr("'index' is missing"));
}

// A part may bring its own weights.
TEST_F(BundleTest, WeightFilesOfPartsBelongToTheBundle) {
  const fs::path folder = folder_ / "own";
  PublishBytes(folder / "net.safetensors", "the weights");
  bundle_.parts[1].weights_file = "net.safetensors";
  SaveBundle(folder, bundle_);
  const auto found = [&] { return MessageOf([&] { LoadBundle(folder); }); };
  const Bundle loaded = LoadBundle(folder);
  EXPECT_THAT(loaded.weights, testing::ElementsAre(folder / "net.safetensors"));
  EXPECT_EQ(loaded.parts[0].weights_file, "");
  EXPECT_EQ(loaded.parts[1].weights_file, "net.safetensors");
  fs::rename(folder, folder_ / "moved");
  EXPECT_THAT(LoadBundle(folder_ / "moved").weights,
              testing::ElementsAre(folder_ / "moved" / "net.safetensors"));
  fs::rename(folder_ / "moved", folder);
  PublishBytes(folder / "net.safetensors", "the weightz");
  EXPECT_THAT(found(), testing::AllOf(HasSubstr("net.safetensors"),
                                      HasSubstr("damaged or not of this bundle")));
  fs::remove(folder / "net.safetensors");
  EXPECT_THAT(found(), testing::AllOf(HasSubstr("net.safetensors"), HasSubstr("no such file")));
  EXPECT_THAT(MessageOf([&] { SaveBundle(folder, bundle_); }, ErrorKind::kEnvironment),
              HasSubstr("net.safetensors"))
      << "must be there already";
}

// A name in bundle.yaml reaches no file outside.
TEST_F(BundleTest, WeightFilesLieInTheBundle) {
  const fs::path folder = folder_ / "own";
  PublishBytes(folder / "net.safetensors", "the weights");
  PublishBytes(folder_ / "net.safetensors", "outside");
  bundle_.parts[0].weights_file = "net.safetensors";
  SaveBundle(folder, bundle_);
  std::string text = ReadFile(folder / "bundle.yaml");
  text.replace(text.find("net.safetensors"), 0, "../");
  PublishBytes(folder / "bundle.yaml", text);
  EXPECT_THAT(LoadBundle(folder).weights, testing::ElementsAre(folder / "net.safetensors"));
}

TEST_F(BundleTest, OtherExtractorsAreNamed) {
  store::StoreInfo a, b;
  a.fingerprint = "f1", b.fingerprint = "f3", b.description = "b3";
  EXPECT_THAT(MessageOf([&] {
                RequireSameExtractors(bundle_, {a, b});
              }),
              HasSubstr("feature store 2"));
  EXPECT_THAT(MessageOf([&] { RequireSameExtractors(bundle_, {a}); }),
              HasSubstr("2 feature stores, 1 are given"));
}

}  // namespace
}  // namespace kallos::model
