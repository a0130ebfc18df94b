#include "lib/linalg/products.h"

#include <cblas.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "lib/linalg/blas_int.h"
#include "lib/parallel/parallel.h"

namespace kallos::linalg {
namespace {

// A multiple of the strips that OpenBLAS's kernels work in (4, 8, 16, 24).
constexpr size_t kStrip = 48;

// Edge of the tiles of a matrix of n rows or columns: several tiles even of a small one, large
// enough that packing costs little beside arithmetic, and about equal.
size_t Edge(size_t n) {
  const size_t largest = std::clamp(n / 8, kStrip, 22 * kStrip);
  const size_t tiles = std::max<size_t>(1, (n + largest - 1) / largest);
  return std::max(kStrip, ((n + tiles - 1) / tiles + kStrip - 1) / kStrip * kStrip);
}

struct Tile {
  size_t row, rows, column, columns;
};

std::vector<Tile> Tiles(size_t rows, size_t columns) {
  std::vector<Tile> tiles;
  const size_t down = Edge(rows);
  const size_t across = Edge(columns);
  for (size_t i = 0; i < rows; i += down) {
    for (size_t j = 0; j < columns; j += across)
      tiles.push_back({i, std::min(down, rows - i), j, std::min(across, columns - j)});
  }
  return tiles;
}

// One tile of c += op(a) * op(b); `k` is the inner dimension.
void AddTile(const Tile& t, size_t k, CBLAS_TRANSPOSE op_a, const double* a, size_t lda,
             CBLAS_TRANSPOSE op_b, const double* b, size_t ldb, MatrixView<double> c) {
  cblas_dgemm(CblasRowMajor, op_a, op_b, BlasInt(t.rows), BlasInt(t.columns), BlasInt(k), 1, a,
              BlasInt(lda), b, BlasInt(ldb), 1, c.data + t.row * c.columns + t.column,
              BlasInt(c.columns));
}

// The upper triangle of a tile on the diagonal of c += x^T x: c(i, j) += sum over rows r of
// x(r, i) x(r, j), i <= j.
void AddDiagonalTile(const Tile& t, MatrixView<const double> x, MatrixView<double> c) {
  cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, BlasInt(t.rows), BlasInt(x.rows), 1,
              x.data + t.row, BlasInt(x.columns), 1, c.data + t.row * c.columns + t.column,
              BlasInt(c.columns));
}

}  // namespace

void AddProduct(MatrixView<const double> a, MatrixView<const double> b, MatrixView<double> c) {
  KALLOS_CHECK(a.columns == b.rows && c.rows == a.rows && c.columns == b.columns);
  const std::vector<Tile> tiles = Tiles(c.rows, c.columns);
  ParallelFor(tiles.size(), [&](size_t i) {
    const Tile& t = tiles[i];
    AddTile(t, a.columns, CblasNoTrans, a.data + t.row * a.columns, a.columns, CblasNoTrans,
            b.data + t.column, b.columns, c);
  });
}

void AddProductTransposed(MatrixView<const double> a, MatrixView<const double> b,
                          MatrixView<double> c) {
  KALLOS_CHECK(a.columns == b.columns && c.rows == a.rows && c.columns == b.rows);
  const std::vector<Tile> tiles = Tiles(c.rows, c.columns);
  ParallelFor(tiles.size(), [&](size_t i) {
    const Tile& t = tiles[i];
    AddTile(t, a.columns, CblasNoTrans, a.data + t.row * a.columns, a.columns, CblasTrans,
            b.data + t.column * b.columns, b.columns, c);
  });
}

void AddTransposedProduct(MatrixView<const double> a, MatrixView<const double> b,
                          MatrixView<double> c) {
  KALLOS_CHECK(a.rows == b.rows && c.rows == a.columns && c.columns == b.columns);
  const std::vector<Tile> tiles = Tiles(c.rows, c.columns);
  ParallelFor(tiles.size(), [&](size_t i) {
    const Tile& t = tiles[i];
    AddTile(t, a.rows, CblasTrans, a.data + t.row, a.columns, CblasNoTrans, b.data + t.column,
            b.columns, c);
  });
}

void AddGram(MatrixView<const double> x, MatrixView<double> c,
             const std::function<void()>& meanwhile) {
  KALLOS_CHECK(c.rows == x.columns && c.columns == x.columns);
  std::vector<Tile> tiles = Tiles(c.rows, c.columns);
  std::erase_if(tiles, [](const Tile& t) { return t.column < t.row; });
  const size_t others = meanwhile ? 1 : 0;  // first, so that it does not end long after the tiles
  ParallelFor(tiles.size() + others, [&](size_t i) {
    if (i < others) return meanwhile();
    const Tile& t = tiles[i - others];
    if (t.row == t.column) return AddDiagonalTile(t, x, c);
    AddTile(t, x.rows, CblasTrans, x.data + t.row, x.columns, CblasNoTrans, x.data + t.column,
            x.columns, c);
  });
}

}  // namespace kallos::linalg
