// Running PyTorch beside us.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::nn {

// A python3 that has torch and torchvision, or "".
inline std::string PythonWithTorchvision() {
  for (const std::string python : {"python3", "/usr/bin/python3"}) {
    const std::string command =
        python +
        " -c 'import importlib.util as u, sys; sys.exit(not (u.find_spec(\"torch\") and "
        "u.find_spec(\"torchvision\")))' >/dev/null 2>&1";
    if (std::system(command.c_str()) == 0)
      return python;  // NOLINT(concurrency-mt-unsafe): tests run one at a time
  }
  return "";
}

// A folder for a test's files, and programs run in it; skipped where there is no PyTorch.
class PyTorchPeer : public testing::Test {
 protected:
  void SetUp() override {
    python_ = PythonWithTorchvision();
    if (python_.empty())
      GTEST_SKIP() << "skipped: no python3 with torch and torchvision (tools/setup installs them)";
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // False when the program fails.
  bool Run(const std::string& program) const {
    PublishBytes(folder_ / "program.py", program);
    const std::string command =
        "cd '" + folder_.string() + "' && " + python_ + " -W ignore program.py";
    return std::system(command.c_str()) == 0;  // NOLINT(concurrency-mt-unsafe)
  }

  std::string python_;
  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / fmt::format("kallos_pytorch_{}", getpid());
};

}  // namespace kallos::nn
