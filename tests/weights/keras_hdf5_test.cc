// Small files in every layout that Keras has written, made with the C API of HDF5.
#include "lib/weights/keras_hdf5.h"

#include <gmock/gmock.h>
#include <hdf5.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <map>

#include "lib/core/error.h"
#include "lib/weights/tensor_file.h"

namespace kallos::weights {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Names = std::vector<std::string>;

enum class Strings { kFixed, kVariable };  // h5py 2.x and 3.x

void WriteNames(hid_t object, const std::string& attribute, const Names& names, Strings kind) {
  size_t width = 1;
  std::string fixed;
  std::vector<const char*> pointers;
  for (const std::string& name : names) width = std::max(width, name.size());
  for (const std::string& name : names) fixed += name + std::string(width - name.size(), '\0');
  for (const std::string& name : names) pointers.push_back(name.c_str());
  const hsize_t count = names.size();
  const hid_t space = H5Screate_simple(1, &count, nullptr);
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, kind == Strings::kFixed ? width : H5T_VARIABLE);
  H5Tset_strpad(type, kind == Strings::kFixed ? H5T_STR_NULLPAD : H5T_STR_NULLTERM);
  const hid_t id = H5Acreate2(object, attribute.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT);
  const void* data =
      kind == Strings::kFixed ? static_cast<const void*>(fixed.data()) : pointers.data();
  ASSERT_GE(H5Awrite(id, type, data), 0);
  H5Aclose(id);
  H5Tclose(type);
  H5Sclose(space);
}

// What h5py writes for an empty list.
void WriteNoNames(hid_t object, const std::string& attribute) {
  const hsize_t none = 0;
  const hid_t space = H5Screate_simple(1, &none, nullptr);
  H5Aclose(H5Acreate2(object, attribute.c_str(), H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT));
  H5Sclose(space);
}

hid_t MakeGroup(hid_t parent, const std::string& name) {
  return H5Gcreate2(parent, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
}

void WriteNumbers(hid_t group, const std::string& name, const std::vector<hsize_t>& shape,
                  hid_t type, const std::vector<float>& values) {
  const hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
  const hid_t id = H5Dcreate2(group, name.c_str(), type, space, links, H5P_DEFAULT, H5P_DEFAULT);
  if (!values.empty()) H5Dwrite(id, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  H5Dclose(id);
  H5Sclose(space);
  H5Pclose(links);
}

// Two layers with weights around one without: "dense" kernel [2, 3] and bias [3], "norm" gamma [3]
// in float64.
void WriteLayers(hid_t root, Strings kind) {
  const hid_t input = MakeGroup(root, "input_1");
  WriteNoNames(input, "weight_names");
  const hid_t dense = MakeGroup(root, "dense");
  WriteNames(dense, "weight_names", {"model/dense/kernel:0", "model/dense/bias:0"}, kind);
  WriteNumbers(dense, "model/dense/kernel:0", {2, 3}, H5T_IEEE_F32LE, {1, 2, 3, 4, 5, 6});
  WriteNumbers(dense, "model/dense/bias:0", {3}, H5T_IEEE_F32LE, {7, 8, 9});
  const hid_t norm = MakeGroup(root, "a_norm");
  WriteNames(norm, "weight_names", {"a_norm/gamma:0"}, kind);
  WriteNumbers(norm, "a_norm/gamma:0", {3}, H5T_IEEE_F64BE, {-1, -2, -3});
  for (const hid_t group : {input, dense, norm}) H5Gclose(group);
}

const Names kLayers = {"input_1", "dense", "a_norm"};  // not the order of names in the file

fs::path Write(const std::function<void(hid_t file)>& fill) {
  const fs::path path = fs::path(testing::TempDir()) / "keras_test.h5";
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  fill(file);
  H5Fclose(file);
  return path;
}

std::vector<Tensor> Read(const fs::path& path) {
  return ReadTensorFile(path).tensors;
}

void ExpectTheLayers(const std::vector<Tensor>& tensors) {
  ASSERT_EQ(tensors.size(), 3u);
  EXPECT_EQ(tensors[0].layer, "dense");
  EXPECT_EQ(tensors[0].name, "model/dense/kernel:0");
  EXPECT_EQ(tensors[0].shape, (std::vector<int64_t>{2, 3}));
  EXPECT_THAT(tensors[0].values, testing::ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(tensors[1].values, testing::ElementsAre(7, 8, 9));
  EXPECT_EQ(tensors[2].layer, "a_norm");
  EXPECT_EQ(tensors[2].dtype, Dtype::kFloat64);
  EXPECT_THAT(tensors[2].values, testing::ElementsAre(-1, -2, -3));
}

void ExpectRefused(const fs::path& path, const std::string& message) {
  EXPECT_THAT([&] { Read(path); }, testing::ThrowsMessage<Error>(testing::AllOf(
                                       HasSubstr("keras_test.h5"), HasSubstr(message))));
}

TEST(KerasHdf5, NamesOfFixedLength) {
  ExpectTheLayers(Read(Write([](hid_t file) {
    WriteLayers(file, Strings::kFixed);
    WriteNames(file, "layer_names", kLayers, Strings::kFixed);
  })));
}

TEST(KerasHdf5, NamesOfVariableLength) {
  const fs::path path = Write([](hid_t file) {
    WriteLayers(file, Strings::kVariable);
    WriteNames(file, "layer_names", kLayers, Strings::kVariable);
    WriteNames(file, "keras_version", {"2.9.0"}, Strings::kVariable);
    const hid_t group =
        MakeGroup(file, "top_level_model_weights");  // Keras >= 2.7, not in layer_names
    WriteNoNames(group, "weight_names");
    H5Gclose(group);
  });
  ExpectTheLayers(Read(path));
  EXPECT_EQ(ReadTensorFile(path).producer, "keras 2.9.0");
}

TEST(KerasHdf5, WholeModels) {
  ExpectTheLayers(Read(Write([](hid_t file) {
    const hid_t group = MakeGroup(file, "model_weights");
    WriteLayers(group, Strings::kVariable);
    WriteNames(group, "layer_names", kLayers, Strings::kFixed);
    H5Gclose(MakeGroup(file, "optimizer_weights"));
    H5Gclose(group);
  })));
}

TEST(KerasHdf5, SplitAttributes) {
  ExpectTheLayers(Read(Write([](hid_t file) {
    WriteLayers(file, Strings::kFixed);
    const hid_t dense = H5Gopen2(file, "dense", H5P_DEFAULT);
    H5Adelete(dense, "weight_names");
    WriteNames(dense, "weight_names0", {"model/dense/kernel:0"}, Strings::kFixed);
    WriteNames(dense, "weight_names1", {"model/dense/bias:0"}, Strings::kFixed);
    H5Gclose(dense);
    WriteNames(file, "layer_names0", {"input_1", "dense"}, Strings::kFixed);
    WriteNames(file, "layer_names1", {"a_norm"}, Strings::kFixed);
  })));
}

TEST(KerasHdf5, IntegersToo) {
  const auto tensors = Read(Write([](hid_t file) {
    const hid_t group = MakeGroup(file, "normalization");
    WriteNames(group, "weight_names", {"count:0"}, Strings::kVariable);
    WriteNumbers(group, "count:0", {}, H5T_STD_I64LE, {5});
    WriteNames(file, "layer_names", {"normalization"}, Strings::kVariable);
    H5Gclose(group);
  }));
  EXPECT_EQ(tensors[0].dtype, Dtype::kInt64);
  EXPECT_TRUE(tensors[0].shape.empty());
  EXPECT_THAT(tensors[0].integers, testing::ElementsAre(5));
}

TEST(KerasHdf5, TheLayoutOfKeras3IsRefused) {
  ExpectRefused(Write([](hid_t file) {
                  const hid_t layers = MakeGroup(file, "layers");
                  WriteNumbers(layers, "dense/vars/0", {1}, H5T_IEEE_F32LE, {1});
                  H5Gclose(layers);
                }),
                "Keras 3's own .weights.h5 layout");
  ExpectRefused(Write([](hid_t) {}), "'layer_names' is missing");
}

// A good file but for what `change` does to it.
fs::path Spoiled(const std::function<void(hid_t file)>& change, const Names& layers = kLayers) {
  return Write([&](hid_t file) {
    WriteLayers(file, Strings::kFixed);
    WriteNames(file, "layer_names", layers, Strings::kFixed);
    change(file);
  });
}

void ReplaceNames(hid_t file, const Names& names) {
  const hid_t dense = H5Gopen2(file, "dense", H5P_DEFAULT);
  H5Adelete(dense, "weight_names");
  if (!names.empty()) WriteNames(dense, "weight_names", names, Strings::kFixed);
  H5Gclose(dense);
}

TEST(KerasHdf5, NamesThatLeadNowhere) {
  ExpectRefused(Spoiled([](hid_t) {}, {"dense", "other"}), "'other'");
  ExpectRefused(Spoiled([](hid_t) {}, {"dense", "dense"}), "names 'dense' twice");
  ExpectRefused(Spoiled([](hid_t file) { ReplaceNames(file, {}); }), "no attribute 'weight_names'");
  ExpectRefused(Spoiled([](hid_t file) { ReplaceNames(file, {"model/other:0"}); }),
                "missing, or a link");
  ExpectRefused(Spoiled([](hid_t file) { ReplaceNames(file, {"model"}); }), "not a dataset");
}

TEST(KerasHdf5, LinksAreNotFollowed) {
  ExpectRefused(Spoiled([](hid_t file) {
                  ReplaceNames(file, {"out"});
                  H5Lcreate_external("/etc/hostname", "/x", file, "dense/out", H5P_DEFAULT,
                                     H5P_DEFAULT);
                }),
                "link to elsewhere");
  ExpectRefused(Spoiled([](hid_t file) {
                  ReplaceNames(file, {"soft"});
                  H5Lcreate_soft("/a_norm/a_norm/gamma:0", file, "dense/soft", H5P_DEFAULT,
                                 H5P_DEFAULT);
                }),
                "link to elsewhere");
}

TEST(KerasHdf5, ShapesLargerThanTheFile) {
  ExpectRefused(Spoiled([](hid_t file) {
                  ReplaceNames(file, {"huge"});
                  const hid_t dense = H5Gopen2(file, "dense", H5P_DEFAULT);
                  WriteNumbers(dense, "huge", {1000000, 1000000}, H5T_IEEE_F32LE,
                               {});  // no storage is allocated
                  H5Gclose(dense);
                }),
                "more numbers than the file");
}

TEST(KerasHdf5, WeightsOutsideTheLayers) {
  ExpectRefused(Spoiled([](hid_t file) {
                  const hid_t group = MakeGroup(file, "top_level_model_weights");
                  WriteNames(group, "weight_names", {"scale:0"}, Strings::kFixed);
                  H5Gclose(group);
                }),
                "scale:0");
}

TEST(KerasHdf5, CutShort) {
  const fs::path path = Spoiled([](hid_t) {});
  const auto size = fs::file_size(path);
  for (const auto length : {size - 1, size / 2, uintmax_t{100}, uintmax_t{8}}) {
    fs::resize_file(path, length);
    ExpectRefused(path, "not a readable HDF5 file");
  }
  fs::resize_file(path, 0);
  ExpectRefused(path, "it is empty");
}

}  // namespace
}  // namespace kallos::weights
