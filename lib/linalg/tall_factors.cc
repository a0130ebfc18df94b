#include "lib/linalg/tall_factors.h"

#include <cblas.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "lib/core/error.h"
#include "lib/linalg/blas_int.h"
#include "lib/parallel/parallel.h"

extern "C" {
void dgeqrt3_(const int* m, const int* n, double* a, const int* lda, double* t, const int* ldt,
              int* info);
void dlarfb_(const char* side, const char* trans, const char* direct, const char* storev,
             const int* m, const int* n, const int* k, const double* v, const int* ldv,
             const double* t, const int* ldt, double* c, const int* ldc, double* work,
             const int* ldwork);
void dgetrf_(const int* m, const int* n, double* a, const int* lda, int* pivots, int* info);
void dgesdd_(const char* jobz, const int* m, const int* n, double* a, const int* lda, double* s,
             double* u, const int* ldu, double* vt, const int* ldvt, double* work, const int* lwork,
             int* iwork, int* info);
}

namespace kallos::linalg {
namespace {

constexpr size_t kPanel = 64;  // columns of the tall matrix that are factored at a time
constexpr size_t kTile = 64;   // columns that a task brings up to date with a panel

void CheckTall(MatrixView<const double> a) {
  KALLOS_CHECK(0 < a.rows && a.rows <= a.columns && a.columns < (size_t{1} << 31U), "{} x {}",
               a.rows, a.columns);
}

// body(first, count) for tiles of [begin, end).
void ForTiles(size_t begin, size_t end,
              const std::function<void(size_t first, size_t count)>& body) {
  ParallelFor((end - begin + kTile - 1) / kTile, [&](size_t tile) {
    const size_t first = begin + tile * kTile;
    body(first, std::min(kTile, end - first));
  });
}

// Columns [first, first + width) of the tall matrix, from its row `first` down.
struct Panel {
  size_t first = 0;
  size_t width = 0;

  size_t end() const { return first + width; }
};

std::vector<Panel> Panels(size_t k) {
  std::vector<Panel> panels;
  for (size_t first = 0; first < k; first += kPanel)
    panels.push_back({first, std::min(kPanel, k - first)});
  return panels;
}

// The product of a panel's Householder reflections in compact WY form, H_1 H_2 ... = I - V T V^T
// (Schreiber and Van Loan, SIAM Journal on Scientific and Statistical Computing 10, 1989), with a
// column of V for each and T upper triangular. Multiplies `count` columns from `column` on by it
// ("N"), or by its inverse I - V T^T V^T ("T").
void Reflect(const char* trans, const Panel& panel, const double* reflectors, int stride,
             const double* t, MatrixView<double> a, size_t column, size_t count) {
  const int m = BlasInt(a.columns - panel.first);
  const int n = BlasInt(count);
  const int k = BlasInt(panel.width);
  const int ldt = BlasInt(kPanel);
  const int ldc = BlasInt(a.columns);
  std::vector<double> work(count * panel.width);
  dlarfb_("L", trans, "F", "C", &m, &n, &k, reflectors, &stride, t, &ldt, &a(column, panel.first),
          &ldc, work.data(), &n);
}

// Blocked Householder QR: the reflections of a panel make
//   (I - V T^T V^T) [A1 A2] = [R11 R12; 0 S],
// where S is factored by the next panels; within a panel recursively (dgeqrt3: Elmroth and
// Gustavson, IBM Journal of Research and Development 44, 2000). Leaves R on and left of the
// diagonal of `a`, reflectors right of it; row j of the result belongs to reflector j.
Matrix<double> ReduceToTriangle(MatrixView<double> a) {
  CheckTall(a);
  Matrix<double> t(a.rows, kPanel);
  const int stride = BlasInt(a.columns);
  for (const Panel& panel : Panels(a.rows)) {
    const int m = BlasInt(a.columns - panel.first);
    const int n = BlasInt(panel.width);
    const int ldt = BlasInt(kPanel);
    int info = 0;
    double* corner = &a(panel.first, panel.first);
    dgeqrt3_(&m, &n, corner, &stride, &t(panel.first, 0), &ldt, &info);
    KALLOS_CHECK(info == 0, "LAPACK dgeqrt3 returned {}", info);
    ForTiles(panel.end(), a.rows, [&](size_t first, size_t count) {
      Reflect("T", panel, corner, stride, &t(panel.first, 0), a, first, count);
    });
  }
  return t;
}

}  // namespace

// Q = (I - V_1 T_1 V_1^T) (I - V_2 T_2 V_2^T) ... [I; 0], the last panel first: then a panel
// changes no columns before its own (LAPACK's dorgqr).
void OrthonormaliseAny(MatrixView<double> a) {
  const Matrix<double> t = ReduceToTriangle(a);
  std::vector<Panel> panels = Panels(a.rows);
  std::ranges::reverse(panels);
  for (const Panel& panel : panels) {
    // Columns of the identity take the place of the reflectors, which move aside.
    Matrix<double> reflectors(panel.width, a.columns - panel.first);
    for (size_t i = 0; i < panel.width; ++i) {
      const auto row = a.Row(panel.first + i);
      std::copy(row.begin() + panel.first, row.end(), reflectors.Row(i).begin());
      std::ranges::fill(row, 0.0);
      row[panel.first + i] = 1;
    }
    ForTiles(panel.first, a.rows, [&](size_t first, size_t count) {
      Reflect("N", panel, reflectors.data(), BlasInt(reflectors.columns()), &t(panel.first, 0), a,
              first, count);
    });
  }
}

Matrix<double> TriangularFactor(MatrixView<double> a) {
  ReduceToTriangle(a);
  Matrix<double> r(a.rows, a.rows);
  for (size_t i = 0; i < a.rows; ++i) {
    for (size_t j = i; j < a.rows; ++j) r(i, j) = a(j, i);
  }
  return r;
}

// Blocked LU, right-looking (Golub and Van Loan, "Matrix Computations", 3.2.11 and 3.4). With the
// columns of a panel first, P1 A = [L11; L21] [U11 U12] + [0 0; 0 S]:
//   panel:  L11, L21, U11 by LAPACK's dgetrf, which also chooses the exchanges of rows P1;
//   rest:   U12 = L11^-1 A12 (dtrsm),  S = A22 - L21 U12 (dgemm), factored by the next panels.
void LowerFactor(MatrixView<double> a) {
  CheckTall(a);
  const int stride = BlasInt(a.columns);
  std::vector<int> pivots(a.rows);  // row i of the tall matrix was exchanged with pivots[i] >= i
  for (const Panel& panel : Panels(a.rows)) {
    const int m = BlasInt(a.columns - panel.first);
    const int n = BlasInt(panel.width);
    int info = 0;
    const double* corner = &a(panel.first, panel.first);
    dgetrf_(&m, &n, &a(panel.first, panel.first), &stride, &pivots[panel.first], &info);
    // Above 0 the matrix is singular, and L exists.
    KALLOS_CHECK(info >= 0, "LAPACK dgetrf returned {}", info);
    for (size_t i = panel.first; i < panel.end(); ++i) pivots[i] += BlasInt(panel.first) - 1;
    ForTiles(panel.end(), a.rows, [&](size_t first, size_t count) {
      for (size_t j = first; j < first + count; ++j) {
        for (size_t i = panel.first; i < panel.end(); ++i) std::swap(a(j, i), a(j, pivots[i]));
      }
      cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasUnit, n, BlasInt(count),
                  1, corner, stride, &a(first, panel.first), stride);
      cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, m - n, BlasInt(count), n, -1,
                  corner + panel.width, stride, &a(first, panel.first), stride, 1,
                  &a(first, panel.end()), stride);
    });
  }
  // Columns were not exchanged by panels after their own: only those exchanges that they
  // took part in are undone.
  ParallelFor(a.rows, [&](size_t j) {
    const auto row = a.Row(j);
    std::fill_n(row.begin(), j, 0.0);
    row[j] = 1;
    for (size_t i = std::min(a.rows, (j / kPanel + 1) * kPanel); i-- > 0;)
      std::swap(row[i], row[pivots[i]]);
  });
}

size_t TallFactorBytes(size_t k, size_t n) {
  return sizeof(double) * kPanel * (k + n + kTile * Threads());
}

Svd SquareSvd(Matrix<double>& a) {
  const size_t size = a.rows();
  KALLOS_CHECK(size > 0 && a.columns() == size && size <= 23'000, "{} x {}", size, a.columns());
  Svd svd{Matrix<double>(size, size), std::vector<double>(size), Matrix<double>(size, size)};
  std::vector<double> work(4 * size * size + 7 * size + 64 * size);
  std::vector<int> iwork(8 * size);
  const int n = BlasInt(size), lwork = BlasInt(work.size());
  int info = 0;
  // a = U S V^T by divide and conquer. LAPACK sees the transposes of all matrices, a^T = V S U^T,
  // and so returns the right vectors of `a` as its left ones.
  dgesdd_("S", &n, &n, a.data(), &n, svd.values.data(), svd.right.data(), &n, svd.left.data(), &n,
          work.data(), &lwork, iwork.data(), &info);
  KALLOS_CHECK(info == 0, "LAPACK dgesdd returned {}", info);
  return svd;
}

size_t SquareSvdBytes(size_t n) {
  return sizeof(double) * (2 * n * n + 4 * n * n + 80 * n);
}

}  // namespace kallos::linalg
