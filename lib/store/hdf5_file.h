// HDF5 with owned handles and errors that name file and dataset. The C API stays in hdf5_file.cc.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "lib/core/matrix.h"

namespace kallos::store {

// A file being written: H5F_ACC_TRUNC, no timestamps, so that equal content gives equal bytes.
class Hdf5Writer {
 public:
  explicit Hdf5Writer(const std::filesystem::path& path);
  ~Hdf5Writer();
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  // rows x columns, float32 or float16 on disk, chunked by rows, fletcher32.
  void WriteMatrix(const std::string& name, MatrixView<const float> matrix, bool half);
  void WriteStrings(const std::string& name, const std::vector<std::string>& strings);  // variable length, UTF-8
  void WriteInt8(const std::string& name, const std::vector<int8_t>& values);
  void WriteAttribute(const std::string& name, const std::string& value);
  void Close();  // throws where the destructor could not

 private:
  std::string path_;
  int64_t file_;
};

// Reads a file that nobody need trust: every shape is checked against the file's size before memory is taken.
class Hdf5Reader {
 public:
  explicit Hdf5Reader(const std::filesystem::path& path);
  ~Hdf5Reader();
  Hdf5Reader(const Hdf5Reader&) = delete;
  Hdf5Reader& operator=(const Hdf5Reader&) = delete;

  std::vector<int64_t> Shape(const std::string& name) const;  // throws when it is no dataset
  Matrix<float> ReadMatrix(const std::string& name) const;    // any float type; one dimension reads as one column
  bool IsHalf(const std::string& name) const;                 // whether its numbers are float16
  std::vector<std::string> ReadStrings(const std::string& name) const;
  std::vector<int8_t> ReadInt8(const std::string& name) const;
  std::string ReadAttribute(const std::string& name) const;

 private:
  std::string path_;
  int64_t file_;
  uint64_t bytes_;
};

}  // namespace kallos::store
