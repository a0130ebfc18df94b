// An expected per-item failure as a value: "this photograph does not decode" is no exception, it is
// a row in a report.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "lib/core/error.h"

namespace kallos {

struct Failure {
  std::string reason;
};

// Either a value or the reason why there is none.
template <typename T>
class Result {
 public:
  Result(T value) : content_(std::move(value)) {}            // NOLINT(google-explicit-constructor)
  Result(Failure failure) : content_(std::move(failure)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return content_.index() == 0; }
  T& value() {
    KALLOS_CHECK(ok(), "no value: {}", reason());
    return std::get<0>(content_);
  }
  const T& value() const {
    KALLOS_CHECK(ok(), "no value: {}", reason());
    return std::get<0>(content_);
  }
  const std::string& reason() const { return std::get<1>(content_).reason; }

 private:
  std::variant<T, Failure> content_;
};

}  // namespace kallos
