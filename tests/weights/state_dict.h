// PyTorch state dicts written byte by byte, as torch.save lays them out: a zip of stored members
// with the pickle of an ordered dict in protocol 2.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lib/weights/zip_archive.h"

namespace kallos::weights {

inline std::string LittleEndian(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 255);
  return text;
}

using Members = std::vector<std::pair<std::string, std::string>>;

inline std::string Zip(const Members& members, uint64_t method = 0) {
  std::string file;
  std::string directory;
  for (const auto& [name, content] : members) {
    const std::string common = LittleEndian(0, 2) + LittleEndian(method, 2) + LittleEndian(0, 4) +
                               LittleEndian(Crc32(content), 4) + LittleEndian(content.size(), 4) +
                               LittleEndian(content.size(), 4) + LittleEndian(name.size(), 2) +
                               LittleEndian(0, 2);
    directory += "PK\1\2" + LittleEndian(20, 2) + LittleEndian(20, 2) + common +
                 LittleEndian(0, 8) + LittleEndian(0, 2) + LittleEndian(file.size(), 4) + name;
    file += "PK\3\4" + LittleEndian(20, 2) + common + name + content;
  }
  const std::string end = "PK\5\6" + LittleEndian(0, 4) + LittleEndian(members.size(), 2) +
                          LittleEndian(members.size(), 2) + LittleEndian(directory.size(), 4) +
                          LittleEndian(file.size(), 4) + LittleEndian(0, 2);
  return file + directory + end;
}

inline std::string PickleText(const std::string& text) {
  return "X" + LittleEndian(text.size(), 4) + text;
}

inline std::string PickleInt(int64_t value) {
  return "J" + LittleEndian(static_cast<uint64_t>(value), 4);
}

inline std::string PickleTuple(const std::vector<int64_t>& values) {
  std::string text = "(";
  for (const int64_t value : values) text += PickleInt(value);
  return text + "t";
}

// One tensor of a state dict, a view of the storage of that number.
struct View {
  std::string name;
  std::string storage;  // "FloatStorage"
  int key = 0;
  int64_t items = 0;  // of the storage
  int64_t offset = 0;
  std::vector<int64_t> sizes;
  std::vector<int64_t> strides;
};

inline std::string PickleTensor(const View& view) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + PickleText("storage") + "ctorch\n" +
         view.storage + "\n" + PickleText(std::to_string(view.key)) + PickleText("cpu") +
         PickleInt(view.items) + "tQ" + PickleInt(view.offset) + PickleTuple(view.sizes) +
         PickleTuple(view.strides) +
         "\x89"
         "ccollections\nOrderedDict\n)RtR";
}

inline std::string PickleDict(const std::vector<View>& views) {
  std::string text = "\x80\2ccollections\nOrderedDict\n)R(";
  for (const View& view : views) text += PickleText(view.name) + PickleTensor(view);
  return text + "u.";
}

inline std::string StateDict(const std::string& pickle, const std::vector<std::string>& storages) {
  Members members = {{"archive/data.pkl", pickle}, {"archive/version", "3\n"}};
  for (size_t i = 0; i < storages.size(); ++i)
    members.push_back({"archive/data/" + std::to_string(i), storages[i]});
  return Zip(members);
}

}  // namespace kallos::weights
