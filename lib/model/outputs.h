// What the outputs of a head mean: a label for each output, and the link from outputs to answers.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lib/core/enum_names.h"
#include "lib/core/matrix.h"

namespace kallos::model {

// From the outputs z[0 .. k-1] of a row to its answers, at a temperature T > 0:
//   softmax    exp(z[j] / T) / sum over i of exp(z[i] / T): the probabilities of k classes of which
//              one is right
//   sigmoid    1 / (1 + exp(-z[j] / T)): the probabilities of k labels, each right or not
//   identity   z[j]: k numbers in the units of their labels; has no temperature
enum class Link { kSoftmax, kSigmoid, kIdentity };
inline NamedValues<Link> EnumTable(Link) {
  using enum Link;
  return {{kSoftmax, "softmax"}, {kSigmoid, "sigmoid"}, {kIdentity, "identity"}};
}

struct Outputs {
  Link link = Link::kSoftmax;
  std::vector<std::string> labels = {"bad", "good"};  // one per output

  bool operator==(const Outputs&) const = default;
};

// Whether these are the outputs of a verdict: the classes bad and good, in this order.
bool IsVerdict(const Outputs& outputs);
// "softmax of [bad, good]"
std::string TextOf(const Outputs& outputs);

// The softmax probability of class j at a temperature.
double SoftmaxOf(std::span<const float> row, size_t j, double temperature);

// Answers [rows x k] by outputs [rows x k]. The temperature of an identity is not used.
Matrix<double> Answers(const Matrix<float>& outputs, Link link, double temperature);

// The answers for class 1 of a verdict: softmax probabilities.
std::vector<double> ProbabilityOfGood(const Matrix<float>& outputs, double temperature);

}  // namespace kallos::model
