#include "lib/linalg/float_products.h"

#include <cblas.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "lib/core/cpu.h"
#include "lib/core/error.h"
#include "lib/linalg/blas_int.h"
#include "lib/parallel/parallel.h"

namespace kallos::linalg {
namespace {

// Columns of the result per task: wide enough for BLAS, narrow enough to share out.
constexpr size_t kTile = 256;

// c [m x n] = op(a) [m x k] op(b) [k x n].
void Product(size_t m, size_t n, size_t k, const Operand<float>& a, const Operand<float>& b,
             float* c, size_t stride_c) {
  cblas_sgemm(CblasRowMajor, a.transposed ? CblasTrans : CblasNoTrans,
              b.transposed ? CblasTrans : CblasNoTrans, BlasInt(m), BlasInt(n), BlasInt(k), 1,
              a.data, BlasInt(a.stride), b.data, BlasInt(b.stride), 0, c, BlasInt(stride_c));
}

void Product(size_t m, size_t n, size_t k, const Operand<Bf16>& a, const Operand<Bf16>& b, float* c,
             size_t stride_c) {
  Bf16Product(m, n, k, a, b, c, stride_c);
}

template <typename Body>
void ForTiles(size_t n, const Body& body) {
  ParallelFor((n + kTile - 1) / kTile,
              [&](size_t tile) { body(tile * kTile, std::min(kTile, n - tile * kTile)); });
}

// MultiplyRowByRow: tiles of 8 rows and 32 columns of the result, in blocks whose sums stay in the
// registers. The order of loops (panels of b packed once, then tiles) is that of Goto and van de
// Geijn, "Anatomy of high-performance matrix multiplication", ACM TOMS 34, 2008.
constexpr size_t kRowTile = 8;
constexpr size_t kPanel = 32;
constexpr size_t kDepth = 512;     // rows of b at once: 64 KiB of a panel
constexpr size_t kRowBlock = 128;  // rows of the result that share a packed panel

// sums [kRowTile x kPanel] += a [kRowTile x depth, rows `stride` apart] * panel [depth x kPanel].
using AddTile = void (*)(const float* a, size_t stride, const float* panel, size_t depth,
                         float* sums);

template <size_t kLanes>
struct Vector {
  // `using` would drop the attribute.
  typedef float Type __attribute__((vector_size(kLanes * sizeof(float))));  // NOLINT
};

// In blocks of kRows rows and two vectors of kLanes columns: sums(r, j) += a(r, k) panel(k, j), k
// ascending, so that each sum is rounded in the same order wherever its row and column lie.
template <size_t kRows, size_t kLanes>
[[gnu::always_inline]] inline void AddInBlocks(const float* a, size_t stride, const float* panel,
                                               size_t depth, float* sums) {
  using Lanes = typename Vector<kLanes>::Type;
  for (size_t row = 0; row < kRowTile; row += kRows) {
    for (size_t column = 0; column < kPanel; column += 2 * kLanes) {
      const auto sums_of = [&](size_t r) { return sums + (row + r) * kPanel + column; };
      Lanes left[kRows], right[kRows];
      for (size_t r = 0; r < kRows; ++r) std::memcpy(&left[r], sums_of(r), sizeof(Lanes));
      for (size_t r = 0; r < kRows; ++r) std::memcpy(&right[r], sums_of(r) + kLanes, sizeof(Lanes));
      for (size_t k = 0; k < depth; ++k) {
        Lanes b_left, b_right;  // a copy each: one of both would go through the stack
        std::memcpy(&b_left, panel + k * kPanel + column, sizeof(Lanes));
        std::memcpy(&b_right, panel + k * kPanel + column + kLanes, sizeof(Lanes));
        for (size_t r = 0; r < kRows; ++r) {
          left[r] += a[(row + r) * stride + k] * b_left;
          right[r] += a[(row + r) * stride + k] * b_right;
        }
      }
      for (size_t r = 0; r < kRows; ++r) std::memcpy(sums_of(r), &left[r], sizeof(Lanes));
      for (size_t r = 0; r < kRows; ++r) std::memcpy(sums_of(r) + kLanes, &right[r], sizeof(Lanes));
    }
  }
}

// Each as many sums as its registers hold: 16 of 32, 8 of 16, 8 of 16.
[[gnu::target("avx512f")]] void AddTileAvx512(const float* a, size_t stride, const float* panel,
                                              size_t depth, float* sums) {
  AddInBlocks<8, 16>(a, stride, panel, depth, sums);
}
[[gnu::target("avx2,fma")]] void AddTileAvx2(const float* a, size_t stride, const float* panel,
                                             size_t depth, float* sums) {
  AddInBlocks<4, 8>(a, stride, panel, depth, sums);
}
void AddTileSse2(const float* a, size_t stride, const float* panel, size_t depth, float* sums) {
  AddInBlocks<4, 4>(a, stride, panel, depth, sums);
}

AddTile BestAddTile() {
  return CpuHasAvx512() ? AddTileAvx512 : CpuHasAvx2() ? AddTileAvx2 : AddTileSse2;
}

// Rows [first, first + count) of a, padded with rows of 0 to whole tiles.
Matrix<float> PaddedRows(MatrixView<const float> a, size_t first, size_t count) {
  Matrix<float> rows((count + kRowTile - 1) / kRowTile * kRowTile, a.columns);
  std::copy(a.data + first * a.columns, a.data + (first + count) * a.columns, rows.data());
  return rows;
}

// Columns [first, first + count) of the product, count <= kPanel, for the rows of a (a multiple of
// kRowTile): row-major with rows of kPanel.
std::vector<float> MultiplyPanel(const Matrix<float>& a, MatrixView<const float> b, size_t first,
                                 size_t count) {
  std::vector<float> sums(a.rows() * kPanel);
  std::vector<float> panel(kDepth * kPanel);
  static const AddTile add_tile = BestAddTile();
  for (size_t k = 0; k < b.rows; k += kDepth) {
    const size_t depth = std::min(kDepth, b.rows - k);
    for (size_t i = 0; i < depth; ++i) std::copy_n(&b(k + i, first), count, &panel[i * kPanel]);
    for (size_t row = 0; row < a.rows(); row += kRowTile)
      add_tile(&a(row, k), a.columns(), panel.data(), depth, &sums[row * kPanel]);
  }
  return sums;
}

}  // namespace

template <typename T>
void Multiply(MatrixView<const T> a, MatrixView<const T> b, MatrixView<float> c) {
  KALLOS_CHECK(a.columns == b.rows && c.rows == a.rows && c.columns == b.columns);
  ForTiles(c.columns, [&](size_t first, size_t count) {
    Product(c.rows, count, a.columns, Operand<T>{a.data, a.columns}, {b.data + first, b.columns},
            c.data + first, c.columns);
  });
}

template <typename T>
void MultiplyTransposed(MatrixView<const T> a, MatrixView<const T> b, MatrixView<float> c) {
  KALLOS_CHECK(a.columns == b.columns && c.rows == a.rows && c.columns == b.rows);
  ForTiles(c.columns, [&](size_t first, size_t count) {
    Product(c.rows, count, a.columns, Operand<T>{a.data, a.columns},
            {b.data + first * b.columns, b.columns, true}, c.data + first, c.columns);
  });
}

template <typename T>
void TransposedMultiplyRows(MatrixView<const T> a, MatrixView<const T> b, size_t first, size_t rows,
                            float* c) {
  Product(rows, b.columns, a.rows, Operand<T>{a.data + first, a.columns, true}, {b.data, b.columns},
          c, b.columns);
}

template void Multiply(MatrixView<const float>, MatrixView<const float>, MatrixView<float>);
template void Multiply(MatrixView<const Bf16>, MatrixView<const Bf16>, MatrixView<float>);
template void MultiplyTransposed(MatrixView<const float>, MatrixView<const float>,
                                 MatrixView<float>);
template void MultiplyTransposed(MatrixView<const Bf16>, MatrixView<const Bf16>, MatrixView<float>);
template void TransposedMultiplyRows(MatrixView<const float>, MatrixView<const float>, size_t,
                                     size_t, float*);
template void TransposedMultiplyRows(MatrixView<const Bf16>, MatrixView<const Bf16>, size_t, size_t,
                                     float*);

void MultiplyRowByRow(MatrixView<const float> a, MatrixView<const float> b, MatrixView<float> c) {
  KALLOS_CHECK(a.columns == b.rows && c.rows == a.rows && c.columns == b.columns);
  for (size_t first = 0; first < a.rows; first += kRowBlock) {
    const size_t rows = std::min(kRowBlock, a.rows - first);
    const Matrix<float> block = PaddedRows(a, first, rows);
    ParallelFor((b.columns + kPanel - 1) / kPanel, [&](size_t p) {
      const size_t columns = std::min(kPanel, b.columns - p * kPanel);
      const std::vector<float> sums = MultiplyPanel(block, b, p * kPanel, columns);
      for (size_t i = 0; i < rows; ++i)
        std::copy_n(&sums[i * kPanel], columns, &c(first + i, p * kPanel));
    });
  }
}

}  // namespace kallos::linalg
