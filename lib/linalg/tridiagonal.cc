#include "lib/linalg/tridiagonal.h"

#include <cblas.h>

#include <algorithm>

#include "lib/core/error.h"
#include "lib/linalg/blas_int.h"
#include "lib/parallel/parallel.h"

extern "C" void dlarfg_(const int* n, double* alpha, double* x, const int* incx, double* tau);

namespace kallos::linalg {
namespace {

constexpr size_t kPanel = 32;     // reflectors between two updates of the rest
constexpr size_t kRows = 64;      // of the rest per task of its product with a vector
constexpr size_t kColumns = 512;  // of these at a time: read twice, the second time from the cache
constexpr size_t kEdge = 512;     // of the tiles of an update
constexpr size_t kSummed = 2048;  // columns per task when partial results are summed

size_t Count(size_t n, size_t step) {
  return (n + step - 1) / step;
}

// Names follow LAPACK's dlatrd. The Householder reflector H_i = I - tau_i v_i v_i^T makes row i
// zero right of the off-diagonal. Applied from both sides it is an update of rank 2,
//   H A H = A - v w^T - w v^T,  w = tau (A v - (tau / 2) (v^T A v) v),
// so that a panel of reflectors v_i (right of the diagonal of `a`) and vectors w_i is applied to
// the rest of the matrix at once: A - sum_i (v_i w_i^T + w_i v_i^T).
class Reduction {
 public:
  explicit Reduction(MatrixView<double> a)
      : a_(a),
        n_(a.rows),
        w_(kPanel, n_),
        partial_(Count(n_, kRows), n_),
        result_{std::vector<double>(n_), std::vector<double>(n_), std::vector<double>(n_)} {}

  Tridiagonal Run(const std::function<void(double)>& on_work) {
    for (size_t first = 0; first < n_; first += kPanel) {
      const size_t last = std::min(n_, first + kPanel);
      for (size_t i = first; i < last; ++i) {
        BringUpToDate(first, i);
        if (i + 1 < n_) Reflect(first, i);
      }
      UpdateRest(first, last);
      for (size_t i = first; i < last && i + 1 < n_; ++i) a_(i, i + 1) = result_.off_diagonal[i];
      if (on_work) on_work(TridiagonalWork(n_ - first) - TridiagonalWork(n_ - last));
    }
    return std::move(result_);
  }

 private:
  // Row i after the reflectors of its panel so far.
  void BringUpToDate(size_t first, size_t i) {
    const int before = BlasInt(i - first), m = BlasInt(n_ - i), n = BlasInt(n_);
    double* row = &a_(i, i);
    if (before > 0) {
      cblas_dgemv(CblasRowMajor, CblasTrans, before, m, -1, &w_(0, i), n, &a_(first, i), n, 1, row,
                  1);
      cblas_dgemv(CblasRowMajor, CblasTrans, before, m, -1, &a_(first, i), n, &w_(0, i), n, 1, row,
                  1);
    }
    result_.diagonal[i] = row[0];
  }

  // v_i and w_i. dlarfg finds H x = (beta, 0, ..., 0) for x = row i right of the diagonal:
  //   beta = -sign(x_0) |x|,  tau = (beta - x_0) / beta,  v = (1, x_1, x_2, ...) with x_j divided
  //   by x_0 - beta.
  // A v is that of the matrix after the panel's earlier reflectors:
  //   A v - sum_j (v_j (w_j^T v) + w_j (v_j^T v)).
  void Reflect(size_t first, size_t i) {
    const int m = BlasInt(n_ - i - 1), n = BlasInt(n_), one = 1;
    double* v = &a_(i, i + 1);
    double* w = &w_(i - first, i + 1);
    double& tau = result_.tau[i];
    dlarfg_(&m, v, v + 1, &one, &tau);
    result_.off_diagonal[i] = v[0];
    v[0] = 1;
    MultiplyRest(i + 1, v, w);
    if (const int before = BlasInt(i - first); before > 0) {
      const double* earlier_v = &a_(first, i + 1);
      const double* earlier_w = &w_(0, i + 1);
      double products[kPanel];
      cblas_dgemv(CblasRowMajor, CblasNoTrans, before, m, 1, earlier_w, n, v, 1, 0, products, 1);
      cblas_dgemv(CblasRowMajor, CblasTrans, before, m, -1, earlier_v, n, products, 1, 1, w, 1);
      cblas_dgemv(CblasRowMajor, CblasNoTrans, before, m, 1, earlier_v, n, v, 1, 0, products, 1);
      cblas_dgemv(CblasRowMajor, CblasTrans, before, m, -1, earlier_w, n, products, 1, 1, w, 1);
    }
    cblas_dscal(m, tau, w, 1);
    cblas_daxpy(m, -tau / 2 * cblas_ddot(m, w, 1, v, 1), v, 1, w, 1);
  }

  // w = A v for the rest of the matrix, from row and column `first` on. Each task takes rows of the
  // upper triangle and uses what it reads also as columns of the lower one.
  void MultiplyRest(size_t first, const double* v, double* w) {
    const size_t m = n_ - first;
    const size_t tasks = Count(m, kRows);
    ParallelFor(tasks, [&](size_t task) {
      MultiplyRows(first, task * kRows, v, partial_.Row(task).data());
    });
    ParallelFor(Count(m, kSummed), [&](size_t part) {
      const size_t begin = part * kSummed, end = std::min(m, begin + kSummed);
      std::fill(w + begin, w + end, 0.0);
      for (size_t task = 0; task * kRows < end; ++task) {
        for (size_t j = std::max(begin, task * kRows); j < end; ++j) w[j] += partial_(task, j);
      }
    });
  }

  // The part of A v that the rows `row`.. of the rest bring, in out[row..].
  void MultiplyRows(size_t first, size_t row, const double* v, double* out) const {
    const size_t m = n_ - first, rows = std::min(kRows, m - row);
    std::fill(out + row, out + m, 0.0);
    const double* tile = &a_(first + row, first + row);
    cblas_dsymv(CblasRowMajor, CblasUpper, BlasInt(rows), 1, tile, BlasInt(n_), v + row, 1, 1,
                out + row, 1);
    for (size_t column = row + rows; column < m; column += kColumns) {
      const int columns = BlasInt(std::min(kColumns, m - column));
      tile = &a_(first + row, first + column);
      cblas_dgemv(CblasRowMajor, CblasNoTrans, BlasInt(rows), columns, 1, tile, BlasInt(n_),
                  v + column, 1, 1, out + row, 1);
      cblas_dgemv(CblasRowMajor, CblasTrans, BlasInt(rows), columns, 1, tile, BlasInt(n_), v + row,
                  1, 1, out + column, 1);
    }
  }

  // A -= sum over the panel of v_i w_i^T + w_i v_i^T, from row and column `last` on, as one product
  // [V; W]^T [W; V] of the vectors stacked as rows.
  void UpdateRest(size_t first, size_t last) {
    const size_t m = n_ - last, panel = last - first;
    if (m == 0) return;
    Matrix<double> left(2 * panel, m), right(2 * panel, m);
    for (size_t k = 0; k < panel; ++k) {
      std::copy_n(&a_(first + k, last), m, left.Row(k).data());
      std::copy_n(&w_(k, last), m, left.Row(panel + k).data());
      std::copy_n(&w_(k, last), m, right.Row(k).data());
      std::copy_n(&a_(first + k, last), m, right.Row(panel + k).data());
    }
    const size_t edges = Count(m, kEdge);
    ParallelFor(edges * edges, [&](size_t tile) {
      const size_t i = tile / edges * kEdge, j = tile % edges * kEdge;
      if (j < i) return;
      cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, BlasInt(std::min(kEdge, m - i)),
                  BlasInt(std::min(kEdge, m - j)), BlasInt(2 * panel), -1, &left(0, i), BlasInt(m),
                  &right(0, j), BlasInt(m), 1, &a_(last + i, last + j), BlasInt(n_));
    });
  }

  MatrixView<double> a_;
  size_t n_;
  Matrix<double> w_;        // a row for each of the panel
  Matrix<double> partial_;  // a row for each task of MultiplyRest
  Tridiagonal result_;
};

}  // namespace

Tridiagonal Tridiagonalise(MatrixView<double> a,
                           const std::function<void(double operations)>& on_work) {
  KALLOS_CHECK(a.rows == a.columns);
  return Reduction(a).Run(on_work);
}

// Golub and Van Loan, "Matrix Computations", 8.3.1.
double TridiagonalWork(size_t n) {
  const double size = n;
  return 4.0 / 3.0 * size * size * size;
}

size_t TridiagonalBytes(size_t n) {
  return sizeof(double) * n * (5 * kPanel + Count(n, kRows) + 3);
}

}  // namespace kallos::linalg
