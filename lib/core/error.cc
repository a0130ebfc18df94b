#include "lib/core/error.h"

namespace kallos {

void FailCheck(const char* file, int line, const char* condition, const std::string& message) {
  throw BugError(fmt::format("{}:{}: check failed: {}{}{}", file, line, condition,
                             message.empty() ? "" : ": ", message));
}

}  // namespace kallos
