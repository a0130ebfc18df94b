#include "lib/store/matrix_file.h"

#include "tests/store/example_store.h"

namespace kallos::store {
namespace {

using testing::HasSubstr;

// The header as NumPy pads it, for a dictionary of any content.
std::string Npy(const std::string& dictionary, const std::string& data, char version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += version;
  bytes += '\0';
  bytes += static_cast<char>(dictionary.size() & 0xFF);
  bytes += static_cast<char>(dictionary.size() >> 8);
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + dictionary + data;
}

std::string Floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

class MatrixFileTest : public StoreTest {
 protected:
  std::string ErrorOf(const std::string& name, const std::string& bytes) const {
    PublishBytes(folder_ / name, bytes);
    return MessageOf([&] { ReadMatrixFile(folder_ / name); });
  }
};

TEST_F(MatrixFileTest, WritesNpyAsNumpyDoes) {
  // numpy.save of numpy.array([[1, 2, 3]], dtype='<f4')
  std::string expected = "\x93NUMPY";
  expected += std::string("\x01\x00\x76\x00", 4);
  expected += "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }";
  expected += std::string(127 - expected.size(), ' ') + "\n" + Floats({1, 2, 3});
  Matrix<float> values(1, 3);
  for (size_t j = 0; j < 3; ++j) values(0, j) = static_cast<float>(j + 1);
  EXPECT_EQ(FormatNpy(values.View(), false), expected);
}

TEST_F(MatrixFileTest, EveryKindReadsBackExactly) {
  Stream random(1, "test/matrix");
  Matrix<float> values(70, 9);
  for (const bool half : {false, true}) {
    for (size_t i = 0; i < 70 * 9; ++i) {
      const auto coarse =
          static_cast<float>(static_cast<int64_t>(random.Below(4000)) - 2000) / 8.0f;
      values.data()[i] = half ? coarse : static_cast<float>(random.Normal());
    }
    for (const std::string name : {"x.npy", "x.csv", "x.h5:/features", "x.HDF5:f"}) {
      const std::string place = folder_ / name;
      WriteMatrixFile(place, values.View(), half);
      const FloatTable back = ReadMatrixFile(place);
      EXPECT_EQ(back.half, half && name != "x.csv") << name;
      ASSERT_EQ(back.values.rows(), 70u);
      EXPECT_TRUE(std::equal(values.data(), values.data() + 630, back.values.data())) << name;
    }
  }
}

TEST_F(MatrixFileTest, ReadsTheFormsOfNpy) {
  const std::string c = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
  const std::string fortran = R"({"shape": (2, 3), 'descr': '<f4', 'fortran_order': True})";
  const std::string data = Floats({0, 1, 2, 3, 4, 5});
  EXPECT_EQ(ParseNpy(Npy(c, data, 2), "x").values(1, 0), 3);
  EXPECT_EQ(ParseNpy(Npy(fortran, data), "x").values(1, 0), 1);
  const double wide = 0.1;
  const std::string one(reinterpret_cast<const char*>(&wide), sizeof(wide));
  EXPECT_EQ(ParseNpy(Npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1)}", one), "x")
                .values(0, 0),
            0.1f);
}

TEST_F(MatrixFileTest, DamagedNpyIsRefused) {
  const auto with = [&](const std::string& dictionary,
                        const std::string& data = std::string(24, '\0')) {
    return ErrorOf("x.npy", Npy(dictionary, data));
  };
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  EXPECT_EQ(with(good), "no error");
  EXPECT_THAT(with(good, std::string(23, '\0')),
              HasSubstr("2 x 3 numbers of 4 bytes, but 23 bytes"));
  EXPECT_THAT(with(good, std::string(25, '\0')), HasSubstr("25 bytes"));
  EXPECT_THAT(with(good + "x"), HasSubstr("damaged NPY header"));
  EXPECT_THAT(with("{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3)}"),
              HasSubstr("'>f4'"));
  EXPECT_THAT(with("{'descr': '|O', 'fortran_order': False, 'shape': (2, 3)}"), HasSubstr("'|O'"));
  EXPECT_THAT(with("{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}"),
              HasSubstr("1 dimensions"));
  EXPECT_THAT(with("{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3)}"), HasSubstr("'False'"));
  EXPECT_THAT(with("{'descr': '<f4', 'shape': (2, 3)}"), HasSubstr("exactly the keys"));
  EXPECT_THAT(with("{'descr': '<f4', 'descr': '<f4', 'shape': (2, 3)}"),
              HasSubstr("each key once"));
  EXPECT_THAT(with("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}"),
              HasSubstr("declares"));
  EXPECT_THAT(with("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 4)}"),
              HasSubstr("shape"));
  EXPECT_THAT(with("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3)}"),
              HasSubstr("shape"));
  EXPECT_THAT(with("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3)}", ""),
              HasSubstr("holds no numbers"));
  EXPECT_THAT(ErrorOf("x.npy", "\x93NUMPY\x01"), HasSubstr("not an NPY file"));
  EXPECT_THAT(ErrorOf("x.npy", Npy(good, "").substr(0, 30)), HasSubstr("truncated"));
  EXPECT_THAT(with(good, Floats({0, 1, 2, 3, INFINITY, 5})), HasSubstr("row 1, column 1"));
}

TEST_F(MatrixFileTest, NoCutOfAnNpyFileIsTaken) {
  const Matrix<float> values(2, 3, 1.0f);
  const std::string bytes = FormatNpy(values.View(), false);
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(ErrorOf("x.npy", bytes.substr(0, size)), "no error");
}

TEST_F(MatrixFileTest, CsvMayHaveAHeader) {
  EXPECT_EQ(ErrorOf("x.csv", "a,b\r\n1,2\r\n3,4e-1\r\n"), "no error");
  EXPECT_THAT(ErrorOf("x.csv", "1,2\n3,x\n"), HasSubstr("x.csv:2: field 2 is not a number"));
  EXPECT_THAT(ErrorOf("x.csv", "1,2\n3\n"),
              HasSubstr("x.csv:2: 1 numbers, but the first row has 2"));
  EXPECT_THAT(ErrorOf("x.csv", "a,b\n"), HasSubstr("holds no numbers"));
  EXPECT_THAT(ErrorOf("x.csv", "1,nan\n"), HasSubstr("row 0, column 1"));
  EXPECT_THAT(MessageOf([&] { ReadMatrixFile("x.txt"); }, ErrorKind::kUsage),
              HasSubstr("x.npy, x.csv or x.h5:/dataset"));
  const Matrix<float> one(1, 1);
  EXPECT_THAT(
      MessageOf([&] { WriteMatrixFile("x.h5:/a/b", one.View(), false); }, ErrorKind::kUsage),
      HasSubstr("top level"));
}

}  // namespace
}  // namespace kallos::store
