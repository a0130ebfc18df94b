// A folder of its own for every test of data/, and what the tests say about errors.
#pragma once

#include <gmock/gmock.h>
#include <unistd.h>

#include <functional>
#include <map>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/run/run.h"

namespace kallos::data {

class DataTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        fs::path(testing::TempDir()) / fmt::format("kallos_data_{}_{}", test->name(), getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string MessageOf(const std::function<void()>& action,
                               ErrorKind kind = ErrorKind::kInput) {
    try {
      action();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      return error.what();
    }
    return "no error";
  }

  // What Validate says of a config, as one text.
  template <typename Config>
  static std::string ViolationsOf(const Config& config) {
    Violations violations;
    Validate(config, violations);
    return Join(violations, "\n");
  }

  // Runs one command as RunApp would.
  template <typename Config>
  static void Run(void (*command)(const Config&, RunContext&), const Config& config,
                  uint64_t seed = 0) {
    RunRecord record("test", "");
    RunContext context{seed, record};
    command(config, context);
  }

  // Every file below the test's folder, by its relative path.
  std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      if (entry.is_regular_file())
        files[entry.path().lexically_relative(folder_)] = ReadFile(entry.path());
    }
    return files;
  }

  fs::path folder_;
};

}  // namespace kallos::data
