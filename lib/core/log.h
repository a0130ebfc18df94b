// One log for all of Kallos, on standard error. Built on spdlog, which stays behind this header.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "lib/core/enum_names.h"

namespace kallos {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };
inline NamedValues<LogLevel> EnumTable(LogLevel) {
  using enum LogLevel;
  return {
      {kDebug, "debug"}, {kInfo, "info"}, {kWarning, "warning"}, {kError, "error"}, {kOff, "off"}};
}

// Messages below `level` are dropped. The default is kInfo.
void SetLogLevel(LogLevel level);
LogLevel GetLogLevel();

void WriteLog(LogLevel level, std::string_view message);

template <typename... Args>
void LogDebug(fmt::format_string<Args...> format, Args&&... args) {
  WriteLog(LogLevel::kDebug, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogInfo(fmt::format_string<Args...> format, Args&&... args) {
  WriteLog(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogWarning(fmt::format_string<Args...> format, Args&&... args) {
  WriteLog(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogError(fmt::format_string<Args...> format, Args&&... args) {
  WriteLog(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace kallos
