#include "lib/linalg/tall_factors.h"

#include <cblas.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "lib/core/error.h"
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

int Int(size_t n) {
  return static_cast<int>(n);
}

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

// The reflections of a panel in compact WY form, I - V T V^T (Schreiber and Van Loan, 1989).
// Multiplies `count` columns from `column` on by the panel's reflections ("N"), or by their inverse
// ("T").
void Reflect(const char* trans, const Panel& panel, const double* reflectors, int stride,
             const double* t, MatrixView<double> a, size_t column, size_t count) {
  const int m = Int(a.columns - panel.first);
  const int n = Int(count);
  const int k = Int(panel.width);
  const int ldt = Int(kPanel);
  const int ldc = Int(a.columns);
  std::vector<double> work(count * panel.width);
  dlarfb_("L", trans, "F", "C", &m, &n, &k, reflectors, &stride, t, &ldt, &a(column, panel.first),
          &ldc, work.data(), &n);
}

// Leaves R on and left of the diagonal of `a`, reflectors right of it; row j of the result belongs
// to reflector j.
Matrix<double> ReduceToTriangle(MatrixView<double> a) {
  CheckTall(a);
  Matrix<double> t(a.rows, kPanel);
  const int stride = Int(a.columns);
  for (const Panel& panel : Panels(a.rows)) {
    const int m = Int(a.columns - panel.first);
    const int n = Int(panel.width);
    const int ldt = Int(kPanel);
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

void OrthonormaliseAny(MatrixView<double> a) {
  const Matrix<double> t = ReduceToTriangle(a);
  std::vector<Panel> panels = Panels(a.rows);
  std::ranges::reverse(panels);
  for (const Panel& panel : panels) {
    // Columns of the identity take the place of the reflectors, which move aside.
    Matrix<double> reflectors(panel.width, a.columns - panel.first);
    for (size_t i = 0; i < panel.width; ++i) {
      const auto row = a.Row(panel.first + i);
      std::copy(row.begin() + static_cast<ptrdiff_t>(panel.first), row.end(),
                reflectors.Row(i).begin());
      std::ranges::fill(row, 0.0);
      row[panel.first + i] = 1;
    }
    ForTiles(panel.first, a.rows, [&](size_t first, size_t count) {
      Reflect("N", panel, reflectors.data(), Int(reflectors.columns()), &t(panel.first, 0), a,
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
  const int stride = Int(a.columns);
  std::vector<int> pivots(a.rows);  // row i of the tall matrix was exchanged with pivots[i] >= i
  for (const Panel& panel : Panels(a.rows)) {
    const int m = Int(a.columns - panel.first);
    const int n = Int(panel.width);
    int info = 0;
    const double* corner = &a(panel.first, panel.first);
    dgetrf_(&m, &n, &a(panel.first, panel.first), &stride, &pivots[panel.first], &info);
    KALLOS_CHECK(info >= 0, "LAPACK dgetrf returned {}",
                 info);  // > 0: the matrix is singular, L exists
    for (size_t i = panel.first; i < panel.end(); ++i) pivots[i] += Int(panel.first) - 1;
    ForTiles(panel.end(), a.rows, [&](size_t first, size_t count) {
      for (size_t j = first; j < first + count; ++j) {
        for (size_t i = panel.first; i < panel.end(); ++i)
          std::swap(a(j, i), a(j, static_cast<size_t>(pivots[i])));
      }
      cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasUnit, n, Int(count), 1,
                  corner, stride, &a(first, panel.first), stride);
      cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, m - n, Int(count), n, -1,
                  corner + panel.width, stride, &a(first, panel.first), stride, 1,
                  &a(first, panel.end()), stride);
    });
  }
  // Columns were not exchanged by panels after their own: only those exchanges that they took part
  // in are undone.
  ParallelFor(a.rows, [&](size_t j) {
    const auto row = a.Row(j);
    std::fill_n(row.begin(), j, 0.0);
    row[j] = 1;
    for (size_t i = std::min(a.rows, (j / kPanel + 1) * kPanel); i-- > 0;)
      std::swap(row[i], row[static_cast<size_t>(pivots[i])]);
  });
}

size_t TallFactorBytes(size_t k, size_t n) {
  return sizeof(double) * kPanel * (k + n + kTile * static_cast<size_t>(Threads()));
}

Svd SquareSvd(Matrix<double>& a) {
  const size_t size = a.rows();
  KALLOS_CHECK(size > 0 && a.columns() == size && size <= 23'000, "{} x {}", size, a.columns());
  Svd svd{Matrix<double>(size, size), std::vector<double>(size), Matrix<double>(size, size)};
  const int n = Int(size);
  const int lwork = 4 * n * n + 7 * n + 64 * n;
  std::vector<double> work(static_cast<size_t>(lwork));
  std::vector<int> iwork(8 * size);
  int info = 0;
  // LAPACK sees the transposes of all matrices, and so returns the right vectors of `a` as its left
  // ones.
  dgesdd_("S", &n, &n, a.data(), &n, svd.values.data(), svd.right.data(), &n, svd.left.data(), &n,
          work.data(), &lwork, iwork.data(), &info);
  KALLOS_CHECK(info == 0, "LAPACK dgesdd returned {}", info);
  return svd;
}

size_t SquareSvdBytes(size_t n) {
  return sizeof(double) * (2 * n * n + 4 * n * n + 80 * n);
}

}  // namespace kallos::linalg
