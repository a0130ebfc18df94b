#include "lib/core/version.h"

#include "kallos_commit.h"
#include "kallos_version.h"

namespace kallos {

const BuildInfo& GetBuildInfo() {
  static const BuildInfo info{KALLOS_VERSION, KALLOS_COMMIT, KALLOS_COMPILER, KALLOS_BUILD_TYPE};
  return info;
}

}  // namespace kallos
