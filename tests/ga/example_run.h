// The folder of a run, with known content.
#pragma once

#include <gmock/gmock.h>
#include <unistd.h>

#include "ga/evolution/search.h"
#include "ga/search_file.h"
#include "lib/core/error.h"
#include "lib/core/file.h"

namespace kallos::ga {

inline SearchFile ExampleSearch() {
  SearchFile search{"key",
                    7,
                    {},
                    "val",
                    "accuracy",
                    {"f1", "f2"},
                    {{"mg", "a", 20}, {"mg", "b", 30}, {"b0", "c", 50}}};
  search.settings = {.select = 10, .population = 12, .elite = 2, .parents = 6, .generations = 4};
  return search;
}

// Fitness: the share of the columns of the layer a.
inline void EvaluateExample(std::span<const Genome> genomes, int64_t, const Done& done) {
  for (size_t i = 0; i < genomes.size(); ++i)
    done(i,
         static_cast<double>(std::ranges::count_if(genomes[i], [](int32_t c) { return c < 20; })) /
             10);
}

// Searches for so many generations, as the beginning of what `search` says.
inline void RunExample(const fs::path& folder, const SearchFile& search, int64_t generations,
                       const Fitness& fitness = EvaluateExample) {
  fs::create_directories(folder);
  WriteSearchFile(folder / kSearchFile, search);
  SearchSettings settings{search.settings, search.space(), search.seed, folder, search.key};
  settings.settings.generations = generations;
  Search(settings, fitness);
}

inline void WriteExampleResult(const fs::path& folder, int64_t generation) {
  PublishBytes(folder / kResultFile, fmt::format("{{\"generation\": {}}}\n", generation));
}

class RunFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        fs::path(testing::TempDir()) / fmt::format("kallos_select_{}_{}", test->name(), getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Of the InputError that it must end in.
  template <typename Function>
  static std::string MessageOf(Function function) {
    try {
      function();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return "";
  }

  fs::path folder_;
};

}  // namespace kallos::ga
