// The Python of docs/pca.md, run as it stands there.
#include <cstdlib>
#include <fstream>

#include "lib/core/text.h"
#include "lib/store/npy.h"
#include "tests/pca/example_model.h"
#include "tests/store/example_store.h"

namespace kallos::pca {
namespace {

constexpr const char* kImports = "import h5py, numpy, pickle, sklearn.decomposition\n";

// A Python that has h5py and scikit-learn, or "".
std::string Python() {
  for (const std::string python : {"python3", "/usr/bin/python3"}) {
    if (std::system(fmt::format("{} -c '{}' 2>/dev/null", python, Trim(kImports)).c_str()) == 0) return python;
  }
  return "";
}

// The Python blocks of docs/pca.md.
std::vector<std::string> Snippets() {
  std::vector<std::string> snippets;
  bool inside = false;
  for (const std::string& line : Split(ReadFile(fs::path(KALLOS_SOURCE_DIR) / "docs/pca.md"), '\n')) {
    if (line == "```python") {
      snippets.emplace_back();
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      snippets.back() += line + "\n";
    }
  }
  return snippets;
}

class ScikitLearnTest : public store::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    python_ = Python();
    if (python_.empty())
      GTEST_SKIP() << "skipped: no python3 with h5py and sklearn (apt-get install python3-h5py "
                      "python3-sklearn)";
    ASSERT_EQ(Snippets().size(), 2u);
    PublishBytes(folder_ / "x.npy", store::FormatNpy(rows_.View(), false));
  }

  void Run(const std::string& script) const {
    PublishBytes(folder_ / "script.py", kImports + ("X = numpy.load('x.npy')\n" + script));
    const std::string command = fmt::format("cd '{}' && {} script.py > log 2>&1", folder_.string(), python_);
    ASSERT_EQ(std::system(command.c_str()), 0) << ReadFile(folder_ / "log");
  }

  Matrix<float> Load(const std::string& name) const { return store::ParseNpy(ReadFile(folder_ / name), name).values; }

  static void ExpectNear(const Matrix<float>& a, const Matrix<float>& b) {
    ASSERT_EQ(a.rows(), b.rows());
    ASSERT_EQ(a.columns(), b.columns());
    double largest = 0;
    for (size_t i = 0; i < a.rows() * a.columns(); ++i) largest = std::max<double>(largest, std::abs(a.data()[i]));
    for (size_t i = 0; i < a.rows() * a.columns(); ++i) EXPECT_NEAR(a.data()[i], b.data()[i], 1e-5 * largest);
  }

  const Matrix<float> rows_ = RandomRows(60, 24, 8);
  std::string python_;
};

TEST_F(ScikitLearnTest, OurModelTransformsTheSameThere) {
  for (const bool whiten : {false, true}) {
    Model model = ExampleModel(24, 6);
    model.whiten = whiten;
    WriteModel(folder_ / "pca.h5", model);
    Run(Snippets()[0] +
        "Y = pca.transform(X)\nnumpy.save('y.npy', Y.astype('<f4'))\n"
        "numpy.save('z.npy', numpy.ascontiguousarray(pca.inverse_transform(Y)).astype('<f4'))\n");
    const Matrix<float> scores = Transform(model, rows_.View());
    ExpectNear(Load("y.npy"), scores);
    ExpectNear(Load("z.npy"), InverseTransform(model, scores.View()));
  }
}

TEST_F(ScikitLearnTest, AModelFromThereTransformsTheSameHere) {
  for (const std::string type : {"'<f4'", "'<f8'"}) {
    for (const std::string whiten : {"False", "True"}) {
      Run(
          fmt::format("p = sklearn.decomposition.PCA(5, whiten={}).fit(X.astype({}))\n"
                      "pickle.dump(p, open('pca.pkl', 'wb'))\nnumpy.save('y.npy', p.transform(X).astype('<f4'))\n",
                      whiten, type));
      Run(Snippets()[1]);
      const Model model = ReadModel(folder_ / "pca.h5");
      EXPECT_EQ(model.whiten, whiten == "True");
      EXPECT_EQ(model.source.row_count, 60);
      ExpectNear(Load("y.npy"), Transform(model, rows_.View()));
    }
  }
}

}  // namespace
}  // namespace kallos::pca
