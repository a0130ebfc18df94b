#include "lib/weights/zip_archive.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "lib/core/error.h"

namespace kallos::weights {
namespace {

constexpr size_t kEndRecord = 22;
constexpr size_t kDirectoryRecord = 46;
constexpr size_t kLocalRecord = 30;
constexpr size_t kMaxComment = 65535;

uint64_t Little(std::string_view bytes, size_t at, int count) {
  uint64_t value = 0;
  for (int i = count - 1; i >= 0; --i) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

constexpr std::array<uint32_t, 256> CrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    table[i] = i;
    for (int k = 0; k < 8; ++k)
      table[i] = (table[i] >> 1) ^ ((table[i] & 1) != 0 ? 0xEDB88320u : 0u);
  }
  return table;
}

struct Member {
  std::string name;
  size_t header = 0;  // of its local record
  size_t size = 0;
  uint32_t crc = 0;
};

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  std::map<std::string, std::string_view> Read() {
    std::vector<Member> members = Directory();
    std::sort(members.begin(), members.end(),
              [](const Member& a, const Member& b) { return a.header < b.header; });
    std::map<std::string, std::string_view> contents;
    size_t end = 0;
    for (const Member& member : members) {
      if (member.header < end) Fail("member '{}' overlaps the one before", member.name);
      const std::string_view content = Content(member);
      end = (content.data() - bytes_.data()) + content.size();
      if (!contents.emplace(member.name, content).second)
        Fail("member '{}' appears twice", member.name);
    }
    return contents;
  }

 private:
  template <typename... Args>
  [[noreturn]] void Fail(fmt::format_string<Args...> format, Args&&... args) const {
    throw InputError("{}: damaged zip archive: {}", file_,
                     fmt::format(format, std::forward<Args>(args)...));
  }

  std::string_view Slice(size_t at, size_t size, std::string_view what) const {
    if (at > bytes_.size() || size > bytes_.size() - at)
      Fail("{} reaches beyond the end of the file ({} bytes)", what, bytes_.size());
    return bytes_.substr(at, size);
  }

  std::string_view EndRecord() const {
    if (bytes_.size() >= kEndRecord) {
      const size_t last = bytes_.size() - kEndRecord;
      for (size_t back = 0; back <= std::min(last, kMaxComment); ++back) {
        const std::string_view record = bytes_.substr(last - back);
        if (record.starts_with("PK\5\6") && Little(record, 20, 2) == back) return record;
      }
    }
    Fail("there is no end record (cut short?)");
  }

  std::vector<Member> Directory() const {
    const std::string_view record = EndRecord();
    const uint64_t count = Little(record, 10, 2);
    const uint64_t size = Little(record, 12, 4);
    const uint64_t offset = Little(record, 16, 4);
    if (Little(record, 4, 4) != 0 || Little(record, 8, 2) != count) Fail("it spans several disks");
    if (count == 0xFFFF || size == 0xFFFFFFFF || offset == 0xFFFFFFFF)
      Fail("it uses zip64 sizes; only files below 4 GiB are read");
    const std::string_view directory = Slice(offset, size, "the directory");
    std::vector<Member> members;
    size_t at = 0;
    for (uint64_t i = 0; i < count; ++i) members.push_back(DirectoryEntry(directory, at));
    return members;
  }

  // The entry at `at`, which moves on to the next one.
  Member DirectoryEntry(std::string_view directory, size_t& at) const {
    if (directory.size() - at < kDirectoryRecord || !directory.substr(at).starts_with("PK\1\2"))
      Fail("the directory has fewer entries than it says");
    const std::string_view entry = directory.substr(at);
    const uint64_t name = Little(entry, 28, 2);
    const uint64_t length = kDirectoryRecord + name + Little(entry, 30, 2) + Little(entry, 32, 2);
    if (length > entry.size()) Fail("an entry of the directory is cut short");
    at += length;
    Member member{std::string(entry.substr(kDirectoryRecord, name)), Little(entry, 42, 4),
                  Little(entry, 20, 4), static_cast<uint32_t>(Little(entry, 16, 4))};
    if ((Little(entry, 8, 2) & 1) != 0) Fail("member '{}' is encrypted", member.name);
    if (Little(entry, 10, 2) != 0 || Little(entry, 24, 4) != member.size)
      Fail("member '{}' is compressed, which torch.save never does", member.name);
    return member;
  }

  std::string_view Content(const Member& member) const {
    const std::string_view local =
        Slice(member.header, kLocalRecord, "member '" + member.name + "'");
    if (!local.starts_with("PK\3\4"))
      Fail("member '{}' does not start where the directory says", member.name);
    const uint64_t skip = kLocalRecord + Little(local, 26, 2) + Little(local, 28, 2);
    const std::string_view content =
        Slice(member.header + skip, member.size, "member '" + member.name + "'");
    if (Crc32(content) != member.crc) Fail("member '{}' fails its checksum", member.name);
    return content;
  }

  std::string_view bytes_;
  const std::string& file_;
};

}  // namespace

// CRC-32 of ZIP (PKWARE, APPNOTE.TXT; ISO 3309): remainder modulo the polynomial 0x04C11DB7,
// bits reflected, starting from and XORed with 0xFFFFFFFF; a byte at a time by a table
// (Sarwate, CACM 1988).
uint32_t Crc32(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = CrcTable();
  uint32_t crc = 0xFFFFFFFF;
  for (const char byte : bytes)
    crc = (crc >> 8) ^ kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xFF];
  return ~crc;
}

std::map<std::string, std::string_view> ReadStoredZip(std::string_view bytes,
                                                      const std::string& file) {
  return Reader(bytes, file).Read();
}

}  // namespace kallos::weights
