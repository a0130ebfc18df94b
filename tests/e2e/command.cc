#include "tests/e2e/command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <thread>

#include "lib/core/file.h"
#include "lib/core/rng.h"
#include "lib/core/text.h"
#include "lib/image/image.h"

namespace kallos::e2e {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(1);

// Root no longer overrides the permissions of files after the next exec.
bool GiveUpOverride() {
  if (geteuid() != 0) return true;
  return prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE) == 0 &&
         prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH) == 0;
}

// Between fork and exec.
[[noreturn]] void BecomeProgram(const Words& words, const Surroundings& surroundings,
                                const fs::path& log) {
  const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  dup2(file, STDOUT_FILENO);
  dup2(file, STDERR_FILENO);
  for (const auto& [name, value] : surroundings.environment) setenv(name.c_str(), value.c_str(), 1);
  if (surroundings.largest_file) {
    const rlimit limit{*surroundings.largest_file, *surroundings.largest_file};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  if (surroundings.obeys_permissions && !GiveUpOverride()) _exit(kCannotObey);
  const std::string program = fs::path(KALLOS_BIN_DIR) / words[0];
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(program.c_str(), arguments.data());
  _exit(126);
}

int CodeOf(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// A scene of soft gradients and noise, another one for each index.
Picture8 MakePicture(uint64_t index) {
  Stream stream(7, "e2e/photo", index);
  Picture8 picture{
      static_cast<int>(90 + stream.Below(60)), static_cast<int>(100 + stream.Below(80)), {}};
  const double fx = stream.Uniform(0.01, 0.2);
  const double fy = stream.Uniform(0.01, 0.2);
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      const double base = 120 + 60 * std::sin(fx * x) + 60 * std::cos(fy * y);
      for (int c = 0; c < 3; ++c)
        picture.rgb.push_back(static_cast<uint8_t>(base + stream.Uniform(0, 10) + 2 * c));
    }
  }
  return picture;
}

}  // namespace

Program::Program(const Words& words, const Surroundings& surroundings) {
  static int count = 0;
  log_ = fs::path(testing::TempDir()) / fmt::format("kallos-e2e-{}-{}.log", getpid(), ++count);
  pid_ = fork();
  if (pid_ == 0) BecomeProgram(words, surroundings, log_);
}

Program::~Program() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  fs::remove(log_, ignored);
}

void Program::Signal(int signal) const {
  kill(pid_, signal);
}

Outcome Program::Wait(double seconds) {
  const double end = Seconds() + seconds;
  int status = 0;
  rusage usage{};
  while (wait4(pid_, &status, WNOHANG, &usage) == 0) {
    if (Seconds() > end) {
      kill(pid_, SIGKILL);
      wait4(pid_, &status, 0, &usage);
      status = SIGALRM;
      break;
    }
    std::this_thread::sleep_for(kPoll);
  }
  pid_ = -1;
  return {CodeOf(status), ReadFile(log_), static_cast<size_t>(usage.ru_maxrss) * 1024};
}

Outcome RunProgram(const Words& words, const Surroundings& surroundings) {
  return Program(words, surroundings).Wait();
}

Outcome RunAndKill(const Words& words, double seconds) {
  Program program(words);
  const double end = Seconds() + seconds;
  while (Seconds() < end) std::this_thread::sleep_for(kPoll);
  program.Signal(SIGKILL);
  return program.Wait();
}

bool WaitForFile(const fs::path& path, double seconds) {
  const double end = Seconds() + seconds;
  while (!fs::exists(path)) {
    if (Seconds() > end) return false;
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

fs::path MakeTestFolder(const std::string& name) {
  const fs::path folder =
      fs::path(testing::TempDir()) / fmt::format("kallos-{}-{}", name, getpid());
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

std::map<std::string, std::string> ContentOf(const fs::path& folder) {
  std::map<std::string, std::string> content;
  if (!fs::exists(folder)) return content;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || name == "run.yaml" || name.starts_with(".lock")) continue;
    content[entry.path().lexically_relative(folder).string()] = ReadFile(entry.path());
  }
  return content;
}

std::string Difference(const std::map<std::string, std::string>& a,
                       const std::map<std::string, std::string>& b) {
  std::vector<std::string> names;
  for (const auto& [name, bytes] : a) {
    if (!b.contains(name) || b.at(name) != bytes) names.push_back(name);
  }
  for (const auto& [name, bytes] : b) {
    if (!a.contains(name)) names.push_back(name);
  }
  return Join(names, " ");
}

int FaultTrials() {
  const char* text = std::getenv("KALLOS_FAULT_TRIALS");
  return text == nullptr ? 8 : std::atoi(text);
}

fs::path MakePhotos(const fs::path& folder, int count) {
  fs::create_directories(folder / "photos");
  std::string manifest = "id,path,label,split\n";
  const char* const splits[] = {"train", "train", "train", "train", "val", "val", "test", "test"};
  for (int i = 0; i < count; ++i) {
    const std::string name = fmt::format("photos/p{:03}.jpg", i);
    image::WriteJpeg(folder / name, MakePicture(static_cast<uint64_t>(i)), 90);
    manifest += fmt::format("p{:03},{},{},{}\n", i, name, i % 2, splits[i % 8]);
  }
  PublishBytes(folder / "manifest.csv", manifest);
  return folder / "manifest.csv";
}

}  // namespace kallos::e2e
