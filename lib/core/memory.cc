#include "lib/core/memory.h"

#include <malloc.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace kallos {
namespace {

constexpr uint64_t kUnknown = uint64_t{1} << 62;
constexpr int kKeptBytes = 1 << 30;

// The number in a file of one number, or kUnknown ("max", no such file).
uint64_t NumberIn(const char* path) {
  std::ifstream file(path);
  uint64_t number = 0;
  return file >> number ? number : kUnknown;
}

uint64_t MachineAvailable() {
  std::ifstream info("/proc/meminfo");
  std::string name;
  uint64_t kib = 0;
  std::string unit;
  while (info >> name >> kib) {
    if (name == "MemAvailable:") return kib << 10;
    std::getline(info, unit);
  }
  return kUnknown;
}

uint64_t GroupAvailable(const char* limit_path, const char* usage_path) {
  const uint64_t limit = NumberIn(limit_path);
  const uint64_t usage = NumberIn(usage_path);
  if (limit >= kUnknown || usage >= kUnknown) return kUnknown;
  return limit > usage ? limit - usage : 0;
}

}  // namespace

uint64_t AvailableMemory() {
  return std::min({MachineAvailable(),
                   GroupAvailable("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
                   GroupAvailable("/sys/fs/cgroup/memory/memory.limit_in_bytes",
                                  "/sys/fs/cgroup/memory/memory.usage_in_bytes")});
}

void KeepFreedMemory() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
}

}  // namespace kallos
