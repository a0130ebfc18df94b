// The Python of docs/pca.md, run as it stands there.
#include "tests/pca/scikit_learn.h"
#include "lib/core/text.h"
#include "lib/store/npy.h"
#include "tests/model/example_reduction.h"
#include "tests/store/example_store.h"

namespace kallos::pca {
namespace {

// The Python blocks of docs/pca.md.
std::vector<std::string> Snippets() {
  std::vector<std::string> snippets;
  bool inside = false;
  for (const std::string& line :
       Split(ReadFile(fs::path(KALLOS_SOURCE_DIR) / "docs/pca.md"), '\n')) {
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

using ScikitLearnTest = store::StoreTest;

// Folders ours-* hold a pca.h5 of ours, for which the script leaves y.npy = transform(x) and z.npy
// = inverse(y); theirs-* receive a fitted and pickled PCA, its y.npy, and the pca.h5 that the
// second snippet makes of it.
constexpr const char* kScript = R"(import os
os.environ["OPENBLAS_NUM_THREADS"] = "1"
import h5py, numpy, pickle, sklearn.decomposition
X = numpy.load("x.npy")
def save(name, values): numpy.save(name, numpy.ascontiguousarray(values, "<f4"))
for folder in ("ours-False", "ours-True"):
    os.chdir(folder)
    exec(open("../snippet0").read())
    save("y.npy", pca.transform(X))
    save("z.npy", pca.inverse_transform(pca.transform(X)))
    os.chdir("..")
for type in ("<f4", "<f8"):
    for whiten in (False, True):
        os.makedirs(f"theirs-{type[1:]}-{whiten}")
        os.chdir(f"theirs-{type[1:]}-{whiten}")
        fitted = sklearn.decomposition.PCA(5, whiten=whiten).fit(X.astype(type))
        with open("pca.pkl", "wb") as file: pickle.dump(fitted, file)
        save("y.npy", fitted.transform(X))
        exec(open("../snippet1").read())
        os.chdir("..")
)";

void ExpectNear(const fs::path& file, const Matrix<float>& expected) {
  const Matrix<float> found = store::ParseNpy(ReadFile(file), file.string()).values;
  ASSERT_EQ(found.rows(), expected.rows());
  ASSERT_EQ(found.columns(), expected.columns());
  const size_t count = found.rows() * found.columns();
  double largest = 0;
  for (size_t i = 0; i < count; ++i)
    largest = std::max<double>(largest, std::abs(expected.data()[i]));
  for (size_t i = 0; i < count; ++i)
    ASSERT_NEAR(found.data()[i], expected.data()[i], 1e-5 * largest) << file;
}

TEST_F(ScikitLearnTest, BothWaysTheSameTransform) {
  const std::string python = PythonWithScikitLearn();
  if (python.empty())
    GTEST_SKIP() << "skipped: no python3 with h5py and sklearn (tools/setup installs them)";
  const std::vector<std::string> snippets = Snippets();
  ASSERT_EQ(snippets.size(), 2u);
  const Matrix<float> rows = model::RandomRows(60, 24, 8);
  PublishBytes(folder_ / "x.npy", store::FormatNpy(rows.View(), false));
  for (size_t i = 0; i < 2; ++i) PublishBytes(folder_ / fmt::format("snippet{}", i), snippets[i]);
  model::Reduction model = model::ExampleModel(24, 6);
  model::WriteReduction(folder_ / "ours-False/pca.h5", model);
  model.whiten = true;
  model::WriteReduction(folder_ / "ours-True/pca.h5", model);
  ASSERT_TRUE(RunPython(python, folder_, kScript));
  for (const std::string folder : {"ours-False", "ours-True"}) {
    const model::Reduction ours = model::ReadReduction(folder_ / folder / "pca.h5");
    const Matrix<float> scores = model::Transform(ours, rows.View());
    ExpectNear(folder_ / folder / "y.npy", scores);
    ExpectNear(folder_ / folder / "z.npy", model::InverseTransform(ours, scores.View()));
  }
  for (const std::string folder : {"f4-False", "f4-True", "f8-False", "f8-True"}) {
    const model::Reduction theirs = model::ReadReduction(folder_ / ("theirs-" + folder) / "pca.h5");
    EXPECT_EQ(theirs.whiten, folder.ends_with("True"));
    EXPECT_EQ(theirs.source.row_count, 60);
    ExpectNear(folder_ / ("theirs-" + folder) / "y.npy", model::Transform(theirs, rows.View()));
  }
}

}  // namespace
}  // namespace kallos::pca
