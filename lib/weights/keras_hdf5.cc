#include "lib/weights/keras_hdf5.h"

#include <hdf5.h>

#include <array>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/weights/tensor_bytes.h"

namespace kallos::weights {
namespace {

// A handle and the function that closes it.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t), const std::string& fault) : id_(id), close_(close) {
    if (id < 0) throw InputError("{}", fault);
  }
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator hid_t() const {
    return id_;
  }  // NOLINT(google-explicit-constructor): handed to the C API

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

constexpr uint64_t kMaxNames = 1'000'000;
constexpr int kMaxRank = 8;

class KerasFile {
 public:
  explicit KerasFile(const fs::path& path) : name_(PathText(path)), bytes_(fs::file_size(path)) {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }

  std::vector<Tensor> Read(const fs::path& path, bool with_values, std::string* producer) {
    const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose,
                      name_ + ": not a readable HDF5 file (truncated, damaged or of another kind)");
    const bool wrapped = H5Aexists(file, "layer_names") <= 0 && IsHardLink(file, "model_weights");
    const Handle root = wrapped ? OpenGroup(file, "model_weights") : OpenGroup(file, "/");
    const std::optional<std::vector<std::string>> layers = Names(root, "layer_names");
    if (!layers) ThrowNoLayerNames(file);
    RequireDistinct(*layers, "layer_names");
    RequireNoTopLevelWeights(root);
    *producer = "keras " + TextAttribute(root, "keras_version");
    std::vector<Tensor> tensors;
    for (const std::string& layer : *layers) ReadLayer(root, layer, with_values, tensors);
    return tensors;
  }

 private:
  [[noreturn]] void ThrowNoLayerNames(hid_t file) const {
    if (IsHardLink(file, "layers") || IsHardLink(file, "_layer_checkpoint_dependencies")) {
      throw InputError(
          "{}: this is Keras 3's own .weights.h5 layout, which is not read; save the model with "
          "Keras 2's format (model.save('x.h5') of Keras 3, or save_weights('x.h5') of Keras 2)",
          name_);
    }
    throw InputError("{}: attribute 'layer_names' is missing; expected a Keras weight file", name_);
  }

  static bool IsHardLink(hid_t group, const std::string& name) {
    H5L_info_t link{};
    return H5Lexists(group, name.c_str(), H5P_DEFAULT) > 0 &&
           H5Lget_info(group, name.c_str(), &link, H5P_DEFAULT) >= 0 && link.type == H5L_TYPE_HARD;
  }

  Handle OpenGroup(hid_t parent, const std::string& name) const {
    return Handle(H5Gopen2(parent, name.c_str(), H5P_DEFAULT), H5Gclose,
                  fmt::format("{}: group '{}' is missing", name_, name));
  }

  // A name twice would read one tensor for two.
  void RequireDistinct(const std::vector<std::string>& names, const std::string& attribute) const {
    std::set<std::string> seen;
    for (const std::string& name : names) {
      if (!seen.insert(name).second)
        throw InputError("{}: '{}' names '{}' twice", name_, attribute, name);
    }
  }

  // Keras >= 2.7 writes this group beside the layers; no network here has weights
  // outside its layers.
  void RequireNoTopLevelWeights(hid_t root) const {
    const std::string group = "top_level_model_weights";
    if (!IsHardLink(root, group)) return;
    const std::optional<std::vector<std::string>> names =
        Names(OpenGroup(root, group), "weight_names");
    if (names && !names->empty())
      throw InputError("{}: '{}' holds weights outside the layers ({}), which no network here has",
                       name_, group, names->front());
  }

  void ReadLayer(hid_t root, const std::string& layer, bool with_values,
                 std::vector<Tensor>& tensors) {
    RequireHardPath(root, layer, fmt::format("{}: layer '{}' of layer_names", name_, layer));
    const Handle group = OpenGroup(root, layer);
    const std::optional<std::vector<std::string>> weights = Names(group, "weight_names");
    if (!weights) throw InputError("{}: layer '{}' has no attribute 'weight_names'", name_, layer);
    RequireDistinct(*weights, layer + "/weight_names");
    for (const std::string& weight : *weights)
      tensors.push_back(ReadTensor(group, layer, weight, with_values));
  }

  // A name may have slashes of its own; each part must be a link inside this file.
  static void RequireHardPath(hid_t group, const std::string& path, const std::string& where) {
    for (size_t end = path.find('/');; end = path.find('/', end + 1)) {
      if (!IsHardLink(group, path.substr(0, end)))
        throw InputError("{}: missing, or a link to elsewhere", where);
      if (end == std::string::npos) return;
    }
  }

  Tensor ReadTensor(hid_t group, const std::string& layer, const std::string& weight,
                    bool with_values) {
    const std::string where = fmt::format("{}: {}/{}", name_, layer, weight);
    RequireHardPath(group, weight, where);
    const Handle dataset(H5Dopen2(group, weight.c_str(), H5P_DEFAULT), H5Dclose,
                         where + ": not a dataset");
    RequireOwnStorage(dataset, where);
    Tensor tensor{weight, layer, NumberType(dataset, where), Shape(dataset, where), {}};
    const uint64_t count = Count(tensor.shape, where);
    if (!with_values) return tensor;
    if (IsFloatingPoint(tensor.dtype)) {
      ReadNumbers(dataset, H5T_NATIVE_FLOAT, count, where, tensor.values);
    } else {
      ReadNumbers(dataset, H5T_NATIVE_INT64, count, where, tensor.integers);
    }
    return tensor;
  }

  template <typename T>
  static void ReadNumbers(hid_t dataset, hid_t type, uint64_t count, const std::string& where,
                          std::vector<T>& numbers) {
    numbers.resize(count);
    if (count > 0 && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()) < 0)
      throw InputError("{}: cannot be read; the file is damaged", where);
  }

  // The numbers must lie in this file, and a chunk of them must not be larger than it.
  void RequireOwnStorage(hid_t dataset, const std::string& where) const {
    const Handle properties(H5Dget_create_plist(dataset), H5Pclose, where);
    const H5D_layout_t layout = H5Pget_layout(properties);
    if (layout == H5D_VIRTUAL || H5Pget_external_count(properties) > 0)
      throw InputError("{}: the numbers lie in another file, which is not followed", where);
    if (layout != H5D_CHUNKED) return;
    std::array<hsize_t, kMaxRank + 1> sizes{};
    const int rank = H5Pget_chunk(properties, kMaxRank + 1, sizes.data());
    uint64_t count = 1;
    for (int i = 0; i < rank; ++i) {
      if (__builtin_mul_overflow(count, uint64_t{sizes[i]}, &count) || count > bytes_)
        throw InputError("{}: declares chunks larger than the file", where);
    }
  }

  static Dtype NumberType(hid_t dataset, const std::string& where) {
    const Handle type(H5Dget_type(dataset), H5Tclose, where);
    const H5T_class_t kind = H5Tget_class(type);
    const size_t bits = 8 * H5Tget_size(type);
    const std::string prefix = kind == H5T_FLOAT                   ? "F"
                               : kind != H5T_INTEGER               ? "?"
                               : H5Tget_sign(type) == H5T_SGN_NONE ? "U"
                                                                   : "I";
    const std::optional<Dtype> dtype = DtypeOfCode(fmt::format("{}{}", prefix, bits));
    if (!dtype || H5Tget_precision(type) != bits)
      throw InputError("{}: does not hold numbers of a usual type", where);
    return *dtype;
  }

  static std::vector<int64_t> Shape(hid_t dataset, const std::string& where) {
    const Handle space(H5Dget_space(dataset), H5Sclose, where);
    const int rank = H5Sget_simple_extent_ndims(space);
    if (rank < 0 || rank > kMaxRank)
      throw InputError("{}: rank {}, expected at most {}", where, rank, kMaxRank);
    std::array<hsize_t, kMaxRank> sizes{};
    H5Sget_simple_extent_dims(space, sizes.data(), nullptr);
    return {sizes.begin(), sizes.begin() + rank};
  }

  // How many numbers the shape has. All tensors together must not have more than the
  // file has bytes.
  uint64_t Count(const std::vector<int64_t>& shape, const std::string& where) {
    uint64_t count = 1;
    for (const int64_t n : shape) {
      if (n < 0 || __builtin_mul_overflow(count, static_cast<uint64_t>(n), &count) ||
          count > bytes_)
        count = bytes_ + 1;
    }
    total_ += count;
    if (total_ > bytes_) {
      throw InputError("{}: declares more numbers than the file's {} bytes can hold", where,
                       bytes_);
    }
    return count;
  }

  // `name`, or its pieces name0, name1, ... where one attribute was too small for all.
  std::optional<std::vector<std::string>> Names(hid_t group, const std::string& name) const {
    if (H5Aexists(group, name.c_str()) > 0) return Strings(group, name);
    std::vector<std::string> all;
    int pieces = 0;
    for (; H5Aexists(group, (name + std::to_string(pieces)).c_str()) > 0; ++pieces) {
      const std::vector<std::string> piece = Strings(group, name + std::to_string(pieces));
      all.insert(all.end(), piece.begin(), piece.end());
    }
    return pieces > 0 ? std::optional(all) : std::nullopt;
  }

  std::vector<std::string> Strings(hid_t group, const std::string& name) const {
    const std::string where = fmt::format("{}: attribute '{}'", name_, name);
    const Handle attribute(H5Aopen(group, name.c_str(), H5P_DEFAULT), H5Aclose,
                           where + " cannot be opened");
    const Handle space(H5Aget_space(attribute), H5Sclose, where);
    const Handle type(H5Aget_type(attribute), H5Tclose, where);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    if (count == 0) return {};  // an empty list is written as an array of float64
    if (count < 0 || static_cast<uint64_t>(count) > kMaxNames || H5Tget_class(type) != H5T_STRING) {
      throw InputError("{} is no list of names", where);
    }
    return H5Tis_variable_str(type) > 0 ? VariableStrings(attribute, space, count, where)
                                        : FixedStrings(attribute, H5Tget_size(type), count, where);
  }

  static std::vector<std::string> VariableStrings(hid_t attribute, hid_t space, size_t count,
                                                  const std::string& where) {
    const Handle type(H5Tcopy(H5T_C_S1), H5Tclose, where);
    H5Tset_size(type, H5T_VARIABLE);
    const Handle stored(H5Aget_type(attribute), H5Tclose, where);
    H5Tset_cset(type, H5Tget_cset(stored));
    std::vector<char*> pointers(count, nullptr);
    if (H5Aread(attribute, type, pointers.data()) < 0) throw InputError("{} cannot be read", where);
    std::vector<std::string> strings;
    for (const char* text : pointers) strings.emplace_back(text == nullptr ? "" : text);
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers.data());
    return strings;
  }

  std::vector<std::string> FixedStrings(hid_t attribute, size_t size, size_t count,
                                        const std::string& where) const {
    if (size == 0 || count > bytes_ / size) throw InputError("{} is larger than the file", where);
    const Handle type(H5Aget_type(attribute), H5Tclose, where);
    std::vector<char> buffer(count * size);
    if (H5Aread(attribute, type, buffer.data()) < 0) throw InputError("{} cannot be read", where);
    std::vector<std::string> strings;
    for (size_t i = 0; i < count; ++i)
      strings.emplace_back(buffer.data() + i * size, strnlen(buffer.data() + i * size, size));
    return strings;
  }

  std::string TextAttribute(hid_t group, const std::string& name) const {
    if (H5Aexists(group, name.c_str()) <= 0) return "of unknown version";
    const std::vector<std::string> texts = Strings(group, name);
    return texts.empty() ? "of unknown version" : texts[0];
  }

  std::string name_;
  uint64_t bytes_;
  uint64_t total_ = 0;
};

}  // namespace

std::vector<Tensor> ReadKerasHdf5(const std::filesystem::path& path, bool with_values,
                                  std::string* producer) {
  return KerasFile(path).Read(path, with_values, producer);
}

}  // namespace kallos::weights
