// HDF5 files as bytes in memory. The library never touches the disk: a full disk or a kill meets
// plain writes of our own, and bytes can be checked before the library parses them. Its types stay
// behind this header; calls are serialised.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/matrix.h"

namespace kallos::store {

// Builds one file. The same calls give the same bytes: no times, fixed chunks. Every dataset
// carries fletcher32.
class Hdf5Builder {
 public:
  Hdf5Builder();
  ~Hdf5Builder();
  Hdf5Builder(const Hdf5Builder&) = delete;
  Hdf5Builder& operator=(const Hdf5Builder&) = delete;

  // Each dataset once, at the top level. `half` stores binary16, for values within +-65504.
  void AddFloats(const std::string& name, MatrixView<const float> values, bool half);
  void AddStrings(const std::string& name,
                  const std::vector<std::string>& values);  // UTF-8 of fixed length
  void AddInt8(const std::string& name, const std::vector<int8_t>& values);
  void AddInt32(const std::string& name, MatrixView<const int32_t> values);
  void AddDoubles(const std::string& name, const std::vector<double>& values);
  // Attributes of the root group.
  void SetAttribute(const std::string& name, const std::string& value);
  void SetAttribute(const std::string& name, int64_t value);
  void SetDoubleAttribute(const std::string& name, double value);

  std::string Finish();  // the file's bytes, with room for a seal; nothing may be added afterwards

 private:
  int64_t file_;
};

// Reads a file of unknown origin. All throw InputError naming file and dataset: not HDF5, missing,
// of another type or rank, a declared size that the file does not hold, a link that is not a hard
// one (external, soft, virtual), failed checksum.
class Hdf5Image {
 public:
  // `bytes` are not copied: they must outlive the object. `name` for messages.
  Hdf5Image(std::string_view bytes, std::string name);
  ~Hdf5Image();
  Hdf5Image(const Hdf5Image&) = delete;
  Hdf5Image& operator=(const Hdf5Image&) = delete;

  // A 2-dimensional dataset of floating point numbers of 2, 4 or 8 bytes, rounded to float.
  Matrix<float> Floats(const std::string& dataset) const;
  bool IsHalf(const std::string& dataset) const;
  std::vector<std::string> Strings(const std::string& dataset) const;
  std::vector<int8_t> Int8(const std::string& dataset) const;
  Matrix<int32_t> Int32s(const std::string& dataset) const;  // 2-dimensional
  // A 1-dimensional dataset of floating point numbers of 2, 4 or 8 bytes.
  std::vector<double> Doubles(const std::string& dataset) const;
  bool HasDataset(const std::string& dataset) const;  // or anything else of that name
  bool HasAttribute(const std::string& attribute) const;
  std::string StringAttribute(const std::string& attribute) const;
  // Integers of any size, and h5py's booleans.
  int64_t IntAttribute(const std::string& attribute) const;
  double DoubleAttribute(const std::string& attribute) const;

 private:
  int64_t file_;
  size_t size_;
  std::string name_;
};

}  // namespace kallos::store
