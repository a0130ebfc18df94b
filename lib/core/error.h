// Errors and checks. See README.md of this folder for which one to use when.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace kallos {

// What went wrong, as the exit code that a command ends with.
enum class ErrorKind {
  kUsage = 2,         // command line or config
  kInput = 3,         // a file of the user's: image, manifest, store, weights
  kEnvironment = 4,   // disk, memory, device, permission, lock
  kInterrupted = 130  // stopped by a signal after a clean checkpoint
};

// An error that the user can mend. The message names the file, key or dataset, what was expected,
// what was found, and the remedy.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

// A broken invariant of our own: exit code 1.
class BugError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

template <typename... Args>
Error UsageError(fmt::format_string<Args...> format, Args&&... args) {
  return Error(ErrorKind::kUsage, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
Error InputError(fmt::format_string<Args...> format, Args&&... args) {
  return Error(ErrorKind::kInput, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
Error EnvironmentError(fmt::format_string<Args...> format, Args&&... args) {
  return Error(ErrorKind::kEnvironment, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
Error InterruptedError(fmt::format_string<Args...> format, Args&&... args) {
  return Error(ErrorKind::kInterrupted, fmt::format(format, std::forward<Args>(args)...));
}

[[noreturn]] void FailCheck(const char* file, int line, const char* condition,
                            const std::string& message);

}  // namespace kallos

// Throws BugError unless the condition holds; further arguments are a format string and its values.
#define KALLOS_CHECK(condition, ...)                                                    \
  do {                                                                                  \
    if (!(condition))                                                                   \
      ::kallos::FailCheck(__FILE__, __LINE__, #condition, fmt::format("" __VA_ARGS__)); \
  } while (false)
