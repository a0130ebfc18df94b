#include "lib/linalg/orthonormal.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/linalg/blas_int.h"
#include "lib/linalg/products.h"
#include "lib/parallel/parallel.h"

extern "C" void dpotrf_(const char* uplo, const int* n, double* a, const int* lda, int* info);

namespace kallos::linalg {
namespace {

constexpr size_t kColumns = 512;  // per task

// a a^T.
Matrix<double> GramOfRows(MatrixView<const double> a) {
  Matrix<double> gram(a.rows, a.rows);
  AddProductTransposed(a, a, gram.View());
  return gram;
}

// Cholesky QR for the rows of a: with a a^T = L L^T, the rows of q = L^-1 a are orthonormal, since
// q q^T = L^-1 (L L^T) L^-T = I. L is lower triangular, so that the first i rows span what they
// did. Its error grows with the square of a's condition; a second step on q, whose condition is
// near 1, removes it (Yamamoto et al., ETNA 44, 2015). False where L does not exist.
bool CholeskyStep(MatrixView<double> a) {
  Matrix<double> gram = GramOfRows(a);
  const int k = BlasInt(a.rows);
  int info = 0;
  dpotrf_("U", &k, gram.data(), &k, &info);  // LAPACK's upper triangle is our lower one
  if (info != 0) return false;
  ParallelFor((a.columns - 1) / kColumns + 1, [&](size_t task) {
    const size_t first = task * kColumns;
    const int columns = BlasInt(std::min(a.columns - first, kColumns));
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, k, columns, 1,
                gram.data(), k, a.data + first, BlasInt(a.columns));
  });
  return true;
}

}  // namespace

// max over i, j of |(a a^T - I)(i, j)|.
double OrthonormalityError(MatrixView<const double> a) {
  const Matrix<double> gram = GramOfRows(a);
  double largest = 0;
  for (size_t i = 0; i < gram.rows(); ++i) {
    for (size_t j = 0; j < gram.columns(); ++j)
      largest = std::max(largest, std::abs(gram(i, j) - (i == j ? 1.0 : 0.0)));
  }
  return largest;
}

bool Orthonormalise(MatrixView<double> a) {
  KALLOS_CHECK(a.rows <= a.columns);
  return a.rows == 0 || (CholeskyStep(a) && CholeskyStep(a));
}

}  // namespace kallos::linalg
