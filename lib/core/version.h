// What was built, for --version and run.yaml.
#pragma once

#include <string>

namespace kallos {

struct BuildInfo {
  std::string version;     // "0.1.0"
  std::string commit;      // git commit at configure time, with "+changes" when the tree was dirty;
                           // "unknown" without git
  std::string compiler;    // "GNU 12.2.0"
  std::string build_type;  // "Release"
};

const BuildInfo& GetBuildInfo();

}  // namespace kallos
