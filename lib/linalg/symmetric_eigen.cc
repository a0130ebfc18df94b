#include "lib/linalg/symmetric_eigen.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/linalg/blas_int.h"
#include "lib/linalg/tridiagonal.h"
#include "lib/parallel/parallel.h"

extern "C" {
void dstedc_(const char* compz, const int* n, double* d, double* e, double* z, const int* ldz,
             double* work, const int* lwork, int* iwork, const int* liwork, int* info);
void dormtr_(const char* side, const char* uplo, const char* trans, const int* m, const int* n,
             double* a, const int* lda, const double* tau, double* c, const int* ldc, double* work,
             const int* lwork, int* info);
}

namespace kallos::linalg {
namespace {

constexpr size_t kLargest = 46'000;    // LAPACK counts the work space of dstedc, n^2, in 32 bits
constexpr size_t kBlock = 64;          // columns that LAPACK reflects at a time
constexpr size_t kParallelFrom = 256;  // below, dormtr may write to what all threads read
// Of the eigenvectors in the back-transformation; each slice forms the reflectors anew.
constexpr size_t kSlices = 8;

void Require(int info, const char* routine) {
  KALLOS_CHECK(info == 0, "LAPACK {} returned {}", routine, info);
}

// n reflectors of mean length n / 2, each 4 operations per entry of each vector: 2 n^2 count.
double BackTransformWork(size_t n, size_t count) {
  return 2.0 * n * n * count;
}

// T = Z diag(values) Z^T by divide and conquer (Cuppen, Numerische Mathematik 36, 1981; Gu and
// Eisenstat, SIAM Journal on Matrix Analysis and Applications 16, 1995): row i of the result is the
// eigenvector of diagonal[i], which becomes the i-th smallest eigenvalue.
Matrix<double> Solve(Tridiagonal& t) {
  const size_t size = t.diagonal.size();
  Matrix<double> z(size, size);
  std::vector<double> work(1 + 4 * size + size * size);
  std::vector<int> iwork(3 + 5 * size);
  const int n = BlasInt(size), lwork = BlasInt(work.size()), liwork = BlasInt(iwork.size());
  int info = 0;
  dstedc_("I", &n, t.diagonal.data(), t.off_diagonal.data(), z.data(), &n, work.data(), &lwork,
          iwork.data(), &liwork, &info);
  Require(info, "dstedc");
  return z;
}

// Rows of `vectors` from eigenvectors z of T to those of A: with A = Q T Q^T they are Q z, where
// Q = H_1 H_2 ... is applied reflector by reflector.
void BackTransform(Matrix<double>& a, const Tridiagonal& t, Matrix<double>& vectors,
                   const std::function<void(double)>& on_work) {
  const int n = BlasInt(a.rows());
  const size_t slices = a.rows() < kParallelFrom ? 1 : std::min(kSlices, vectors.rows());
  const size_t rows = (vectors.rows() + slices - 1) / std::max(slices, size_t{1});
  ParallelFor(slices, [&](size_t slice) {
    const size_t first = std::min(vectors.rows(), slice * rows);
    const size_t count = std::min(vectors.rows() - first, rows);
    if (count == 0) return;
    std::vector<double> work(count * kBlock + 65 * kBlock);
    const int columns = BlasInt(count), lwork = BlasInt(work.size());
    int info = 0;
    dormtr_("L", "L", "N", &n, &columns, a.data(), &n, t.tau.data(),
            vectors.data() + first * a.rows(), &n, work.data(), &lwork, &info);
    Require(info, "dormtr");
    if (on_work) on_work(BackTransformWork(a.rows(), count));
  });
}

}  // namespace

Eigenpairs LargestEigenpairs(Matrix<double>& a,
                             const std::function<size_t(const std::vector<double>& values)>& count,
                             const EigenWatch& watch) {
  const size_t n = a.rows();
  KALLOS_CHECK(n > 0 && a.columns() == n && n <= kLargest, "{} x {}", n, a.columns());
  const auto begin = [&](const char* step, double operations) {
    if (watch.on_step) watch.on_step(step, operations);
  };
  begin("tridiagonal form", TridiagonalWork(n));
  Tridiagonal t = Tridiagonalise(a.View(), watch.on_work);
  begin("eigenvectors of the tridiagonal form", 0);
  Eigenpairs pairs;
  {
    const Matrix<double> z = Solve(t);
    pairs.values.assign(t.diagonal.rbegin(), t.diagonal.rend());
    pairs.vectors = Matrix<double>(count(pairs.values), n);
    KALLOS_CHECK(pairs.vectors.rows() <= n);
    for (size_t i = 0; i < pairs.vectors.rows(); ++i)
      std::ranges::copy(z.Row(n - 1 - i), pairs.vectors.Row(i).begin());
  }
  begin("back-transformation", BackTransformWork(n, pairs.vectors.rows()));
  BackTransform(a, t, pairs.vectors, watch.on_work);
  return pairs;
}

size_t EigenpairBytes(size_t n, size_t count) {
  return std::max(TridiagonalBytes(n), sizeof(double) * (2 * n * n + count * n + 80 * n));
}

}  // namespace kallos::linalg
