// Row-major matrices of plain numbers, owned and viewed.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

namespace kallos {

// rows x columns, row-major and contiguous: element (i, j) is data[i * columns + j]. Does not own
// its memory, so that a Matrix, a part of its rows or an outside library's array can be passed
// alike.
template <typename T>
struct MatrixView {
  T* data = nullptr;
  size_t rows = 0;
  size_t columns = 0;

  std::span<T> Row(size_t i) const { return {data + i * columns, columns}; }
  T& operator()(size_t i, size_t j) const { return data[i * columns + j]; }
  operator MatrixView<const T>() const  // NOLINT(google-explicit-constructor): as pointers convert
      requires(!std::is_const_v<T>) {
    return {data, rows, columns};
  }
};

// rows x columns, row-major and contiguous, zero unless `value` says otherwise:
//
//   Matrix<float> features(photographs, columns);
//   features(i, j) = 0.5f;
//   for (const float x : features.Row(i)) ...
//   Multiply(features.View(), ...);  // functions take views
//
// Rows, columns and indices are size_t, as everywhere in memory; the files state them as int64.
template <typename T>
class Matrix {
 public:
  Matrix() = default;
  Matrix(size_t rows, size_t columns, T value = T{})
      : rows_(rows), columns_(columns), data_(rows * columns, value) {}

  size_t rows() const { return rows_; }
  size_t columns() const { return columns_; }
  T* data() { return data_.data(); }
  const T* data() const { return data_.data(); }
  std::span<T> Row(size_t i) { return {data_.data() + i * columns_, columns_}; }
  std::span<const T> Row(size_t i) const { return {data_.data() + i * columns_, columns_}; }
  T& operator()(size_t i, size_t j) { return data_[i * columns_ + j]; }
  const T& operator()(size_t i, size_t j) const { return data_[i * columns_ + j]; }
  MatrixView<const T> View() const { return {data_.data(), rows_, columns_}; }
  MatrixView<T> View() { return {data_.data(), rows_, columns_}; }

 private:
  size_t rows_ = 0;
  size_t columns_ = 0;
  std::vector<T> data_;
};

}  // namespace kallos
