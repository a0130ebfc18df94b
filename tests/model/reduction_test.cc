#include "lib/model/reduction.h"

#include <gmock/gmock.h>
#include <hdf5.h>

#include <numeric>

#include "lib/parallel/parallel.h"
#include "tests/model/example_reduction.h"
#include "tests/store/example_store.h"

namespace kallos::model {
namespace {

using testing::HasSubstr;

class ModelTest : public store::StoreTest {
 protected:
  std::string ErrorOf(const std::string& bytes) const {
    PublishBytes(folder_ / "m.h5", bytes);
    return MessageOf([&] { ReadReduction(folder_ / "m.h5"); });
  }

  // What reading says of a file as h5py would write it, changed by `change`.
  std::string ForeignError(const std::function<void(Reduction&)>& change, bool wide = false) const {
    Reduction model = ExampleModel(9, 4);
    change(model);
    WriteForeign(model, wide);
    return MessageOf([&] { ReadReduction(folder_ / "foreign.h5"); });
  }

  // Only the five datasets, contiguous, in float64 or float32; with h5py's boolean for whiten.
  void WriteForeign(const Reduction& model, bool wide) const {
    const hid_t file =
        H5Fcreate((folder_ / "foreign.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const auto add = [&](const char* name, const std::vector<double>& values,
                         std::vector<hsize_t> shape) {
      const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
      const hid_t data = H5Dcreate2(file, name, wide ? H5T_IEEE_F64LE : H5T_IEEE_F32LE, space,
                                    H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
      H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
      H5Dclose(data);
      H5Sclose(space);
    };
    const auto& c = model.components;
    add("mean", model.mean, {model.mean.size()});
    add("components", {c.data(), c.data() + c.rows() * c.columns()}, {c.rows(), c.columns()});
    add("explained_variance", model.explained_variance, {model.explained_variance.size()});
    add("explained_variance_ratio", model.explained_variance_ratio,
        {model.explained_variance_ratio.size()});
    add("singular_values", model.singular_values, {model.singular_values.size()});
    const hid_t boolean = H5Tenum_create(H5T_STD_I8LE);
    const int8_t values[] = {0, 1};
    H5Tenum_insert(boolean, "FALSE", &values[0]);
    H5Tenum_insert(boolean, "TRUE", &values[1]);
    const hid_t scalar = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate2(file, "whiten", boolean, scalar, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, boolean, &values[model.whiten ? 1 : 0]);
    H5Aclose(attribute);
    H5Sclose(scalar);
    H5Tclose(boolean);
    H5Fclose(file);
  }
};

void ExpectEqual(const Matrix<float>& a, const Matrix<float>& b) {
  ASSERT_EQ(a.rows(), b.rows());
  ASSERT_EQ(a.columns(), b.columns());
  EXPECT_TRUE(std::equal(a.data(), a.data() + a.rows() * a.columns(), b.data()));
}

TEST_F(ModelTest, ReadsBackWhatWasWritten) {
  Reduction whitened = ExampleModel(30, 7);
  whitened.whiten = true;
  whitened.method = ReductionMethod::kRandomized;
  for (const Reduction& model : {ExampleModel(1, 1), whitened, ExampleIca(30, 7)}) {
    WriteReduction(folder_ / "a.h5", model);
    const Reduction back = ReadReduction(folder_ / "a.h5");
    EXPECT_EQ(back.method, model.method);
    EXPECT_EQ(back.whiten, model.whiten);
    EXPECT_EQ(back.source.extractor, model.source.extractor);
    EXPECT_EQ(back.source.description, model.source.description);
    EXPECT_EQ(back.source.fingerprint, model.source.fingerprint);
    EXPECT_EQ(back.source.content_hash, model.source.content_hash);
    EXPECT_EQ(back.source.rows, model.source.rows);
    EXPECT_EQ(back.source.row_count, model.source.row_count);
    EXPECT_EQ(back.key, model.key);
    EXPECT_EQ(back.mean, model.mean);
    EXPECT_EQ(back.explained_variance, model.explained_variance);
    EXPECT_EQ(back.explained_variance_ratio, model.explained_variance_ratio);
    EXPECT_EQ(back.singular_values, model.singular_values);
    EXPECT_EQ(back.spectrum, model.spectrum);
    EXPECT_EQ(back.total_variance, model.total_variance);
    EXPECT_EQ(back.rank, model.rank);
    ExpectEqual(back.components, model.components);
    ExpectEqual(back.mixing, model.mixing);
    WriteReduction(folder_ / "b.h5", back);
    EXPECT_EQ(ReadFile(folder_ / "a.h5"), ReadFile(folder_ / "b.h5"));
  }
}

TEST_F(ModelTest, EveryFlipAndCutIsDetected) {
  WriteReduction(folder_ / "a.h5", ExampleModel(12, 5));
  const std::string bytes = ReadFile(folder_ / "a.h5");
  Stream random(1, "test/flips");
  for (int trial = 0; trial < 120; ++trial) {
    std::string damaged = bytes;
    damaged[random.Below(bytes.size())] ^= static_cast<char>(1 << random.Below(8));
    EXPECT_THAT(ErrorOf(damaged), HasSubstr("m.h5"));
  }
  for (const size_t size :
       {size_t{0}, size_t{100}, bytes.size() / 2, bytes.size() - 90, bytes.size() - 1})
    EXPECT_THAT(ErrorOf(bytes.substr(0, size)), HasSubstr("m.h5"));
  EXPECT_EQ(ErrorOf(bytes), "no error");
}

TEST_F(ModelTest, AnotherFormatVersionIsNamed) {
  const hid_t file = H5Fcreate((folder_ / "v.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t scalar = H5Screate(H5S_SCALAR);
  const int version = 7;
  const hid_t attribute =
      H5Acreate2(file, "format_version", H5T_NATIVE_INT, scalar, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, H5T_NATIVE_INT, &version);
  H5Aclose(attribute);
  H5Sclose(scalar);
  H5Fclose(file);
  EXPECT_THAT(MessageOf([&] { ReadReduction(folder_ / "v.h5"); }),
              HasSubstr("format version 7; this program reads 1"));
}

TEST_F(ModelTest, ReadsFilesMadeElsewhere) {
  for (const bool wide : {false, true}) {
    for (const bool whiten : {false, true}) {
      Reduction model = ExampleModel(9, 4);
      model.whiten = whiten;
      WriteForeign(model, wide);
      const Reduction back = ReadReduction(folder_ / "foreign.h5");
      EXPECT_EQ(back.method, ReductionMethod::kPca);
      EXPECT_EQ(back.whiten, whiten);
      EXPECT_EQ(back.source.fingerprint, "");
      EXPECT_EQ(back.source.row_count, 101);
      EXPECT_NEAR(back.total_variance, model.total_variance, 1e-6 * model.total_variance);
      ExpectEqual(back.components, model.components);
      store::StoreInfo info = MakeInfo(9);
      EXPECT_EQ(MessageOf([&] { RequireSource(back, info, "foreign.h5"); }), "no error");
      info.dimension = 8;
      EXPECT_THAT(MessageOf([&] { RequireSource(back, info, "foreign.h5"); }),
                  HasSubstr("9 columns"));
    }
  }
}

TEST_F(ModelTest, ContradictionsAreRefusedByName) {
  const std::pair<std::function<void(Reduction&)>, std::string> cases[] = {
      {[](Reduction&) {}, "no error"},
      {[](Reduction& m) { m.mean.pop_back(); }, "/components is 4 x 9; expected 4 x 8"},
      {[](Reduction& m) { m.mean[2] = NAN; }, "/mean holds NaN"},
      {[](Reduction& m) { m.components(3, 8) = INFINITY; }, "/components holds NaN or infinity"},
      {[](Reduction& m) { m.components(2, 0) += 0.01f; }, "the rows are not orthonormal"},
      {[](Reduction& m) {
         std::swap_ranges(&m.components(0, 0), &m.components(0, 5), &m.components(1, 0));
       },
       "the rows are not orthonormal"},
      {[](Reduction& m) { m.explained_variance.pop_back(); },
       "/explained_variance has 3 numbers; expected 4"},
      {[](Reduction& m) { std::swap(m.explained_variance[1], m.explained_variance[2]); },
       "/explained_variance[2]"},
      {[](Reduction& m) { m.explained_variance[3] = -1; }, "/explained_variance[3] is -1"},
      {[](Reduction& m) { m.singular_values[2] = m.singular_values[1]; }, "/singular_values[2]"},
      {[](Reduction& m) { m.explained_variance_ratio[3] = 0; }, "/explained_variance_ratio["},
      {[](Reduction& m) { m.singular_values[0] = NAN; }, "/singular_values holds NaN"},
  };
  for (const auto& [change, message] : cases) EXPECT_THAT(ForeignError(change), HasSubstr(message));
  Reduction model = ExampleIca(12, 5);
  model.mixing(0, 0) += 0.1f;
  EXPECT_THROW(WriteReduction(folder_ / "a.h5", model), BugError);
}

TEST_F(ModelTest, TheWrongExtractorIsRefused) {
  const Reduction model = ExampleModel(6, 2);
  EXPECT_EQ(MessageOf([&] { RequireSource(model, MakeInfo(6), "pca.h5"); }), "no error");
  const store::StoreInfo other = MakeInfo(6, false, "other");
  const std::string message = MessageOf([&] { RequireSource(model, other, "pca.h5"); });
  for (const std::string& word :
       {model.source.fingerprint, other.fingerprint, std::string("'other'"), std::string("'test'"),
        std::string("pca.h5")})
    EXPECT_THAT(message, HasSubstr(word));
}

TEST_F(ModelTest, TransformIsTheDefinition) {
  Reduction whitened = ExampleModel(300, 40);
  whitened.whiten = true;
  const Matrix<float> rows = RandomRows(50, 300, 2);
  for (const Reduction& model : {ExampleModel(300, 40), whitened, ExampleIca(300, 40)}) {
    const Matrix<float> scores = Transform(model, rows.View());
    double worst = 0;
    for (size_t i = 0; i < rows.rows(); ++i) {
      double length = 0;
      for (size_t j = 0; j < 300; ++j) length += std::pow(rows(i, j) - model.mean[j], 2);
      for (size_t c = 0; c < 40; ++c) {
        double exact = 0;
        double norm = 0;
        for (size_t j = 0; j < 300; ++j) {
          exact += (rows(i, j) - model.mean[j]) * model.components(c, j);
          norm += std::pow(model.components(c, j), 2);
        }
        if (model.whiten) exact /= std::sqrt(model.explained_variance[c]);
        if (model.whiten) norm /= model.explained_variance[c];
        worst = std::max(worst, std::abs(scores(i, c) - exact) / std::sqrt(length * norm));
      }
    }
    EXPECT_LT(worst, 6e-8);
  }
}

TEST_F(ModelTest, FullRankReconstructsAndPartsProject) {
  const Matrix<float> rows = RandomRows(70, 40, 3);
  Reduction whitened = ExampleModel(40, 40, 1, 0.99);
  whitened.whiten = true;
  for (const Reduction& model : {ExampleModel(40, 40), whitened, ExampleIca(40, 40)}) {
    const Matrix<float> back = InverseTransform(model, Transform(model, rows.View()).View());
    for (size_t i = 0; i < 70 * 40; ++i) EXPECT_NEAR(back.data()[i], rows.data()[i], 2e-4);
  }
  for (const Reduction& model : {ExampleModel(40, 10), ExampleIca(40, 10)}) {
    const Matrix<float> scores = Transform(model, rows.View());
    const Matrix<float> again = Transform(model, InverseTransform(model, scores.View()).View());
    for (size_t i = 0; i < 700; ++i) EXPECT_NEAR(again.data()[i], scores.data()[i], 1e-4);
  }
}

TEST_F(ModelTest, ADirectionWithoutVarianceScoresZero) {
  Reduction model = ExampleModel(8, 3);
  model.whiten = true;
  model.explained_variance[2] = model.explained_variance_ratio[2] = model.singular_values[2] = 0;
  const Matrix<float> scores = Transform(model, RandomRows(5, 8, 1).View());
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(scores(i, 2), 0.0f);
}

// One row at a time, any batch and any number of threads give the same bytes as all rows at once.
TEST_F(ModelTest, ARowDoesNotDependOnItsCompany) {
  const std::vector<std::pair<size_t, size_t>> sizes = {
      {1, 1}, {3, 2}, {17, 5}, {64, 33}, {257, 100}, {1000, 700}, {2300, 500}};
  for (const auto& [inputs, outputs] : sizes) {
    const Reduction model = ExampleModel(inputs, outputs, 1, 0.9999);
    const size_t count = inputs > 500 ? 100 : 205;
    const Matrix<float> rows = RandomRows(count, inputs, 4);
    SetThreads(2);
    const Matrix<float> scores = Transform(model, rows.View());
    const Matrix<float> back = InverseTransform(model, scores.View());
    const size_t step = inputs > 500 ? 9 : inputs > 100 ? 3 : 1;
    for (size_t i = 0; i < count; i += step) {
      const Matrix<float> one = Transform(model, {rows.Row(i).data(), 1, inputs});
      ASSERT_TRUE(std::ranges::equal(one.Row(0), scores.Row(i)))
          << inputs << " to " << outputs << ", row " << i;
      const Matrix<float> one_back = InverseTransform(model, {scores.Row(i).data(), 1, outputs});
      ASSERT_TRUE(std::ranges::equal(one_back.Row(0), back.Row(i)))
          << outputs << " to " << inputs << ", row " << i;
    }
    SetThreads(1);
    ExpectEqual(Transform(model, rows.View()), scores);
    ExpectEqual(Transform(model, {rows.Row(7).data(), 90, inputs}), [&] {
      Matrix<float> part(90, outputs);
      std::copy_n(scores.Row(7).data(), 90 * outputs, part.data());
      return part;
    }());
    SetThreads(0);
  }
}

TEST_F(ModelTest, DerivedFingerprintsDependOnSourceAndModel) {
  const Reduction model = ExampleModel(6, 2);
  const store::StoreInfo source = MakeInfo(6);
  const store::StoreInfo reduced = ReducedInfo(model, source, Sha256Hex("a"));
  EXPECT_EQ(reduced.extractor, "test/pca");
  EXPECT_EQ(reduced.dimension, 2);
  EXPECT_EQ(reduced.fingerprint, Sha256Hex(reduced.description));
  EXPECT_NE(reduced.fingerprint, ReducedInfo(model, source, Sha256Hex("b")).fingerprint);
  EXPECT_NE(reduced.fingerprint,
            ReducedInfo(model, MakeInfo(6, false, "other"), Sha256Hex("a")).fingerprint);
  EXPECT_TRUE(IsReducedBy(reduced, Sha256Hex("a")));
  EXPECT_FALSE(IsReducedBy(reduced, Sha256Hex("b")));
  EXPECT_FALSE(IsReducedBy(source, Sha256Hex("a")));
  const store::StoreInfo back = ReconstructedInfo(model, reduced, Sha256Hex("a"));
  EXPECT_NE(back.fingerprint, source.fingerprint);
  EXPECT_FALSE(IsReducedBy(back, Sha256Hex("a")));
  EXPECT_EQ(back.dimension, 6);
}

}  // namespace
}  // namespace kallos::model
