#include "lib/model/outputs.h"

#include <cmath>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace kallos::model {
namespace {

double AnswerOf(std::span<const float> row, size_t j, Link link, double temperature) {
  switch (link) {
    case Link::kSoftmax:
      return SoftmaxOf(row, j, temperature);
    case Link::kSigmoid:
      return 1 / (1 + std::exp(-double{row[j]} / temperature));
    case Link::kIdentity:
      return row[j];
  }
  KALLOS_CHECK(false);
}

}  // namespace

bool IsVerdict(const Outputs& outputs) {
  return outputs == Outputs{Link::kSoftmax, {"bad", "good"}};
}

std::string TextOf(const Outputs& outputs) {
  return fmt::format("{} of [{}]", EnumName(outputs.link), Join(outputs.labels, ", "));
}

// exp(z[j] / T) / sum of exp(z[i] / T) = 1 / sum of exp((z[i] - z[j]) / T), in which nothing
// overflows but to a probability of 0.
double SoftmaxOf(std::span<const float> row, size_t j, double temperature) {
  double sum = 0;
  for (const float z : row) sum += std::exp((double{z} - row[j]) / temperature);
  return 1 / sum;
}

Matrix<double> Answers(const Matrix<float>& outputs, Link link, double temperature) {
  Matrix<double> answers(outputs.rows(), outputs.columns());
  for (size_t i = 0; i < outputs.rows(); ++i) {
    for (size_t j = 0; j < outputs.columns(); ++j)
      answers(i, j) = AnswerOf(outputs.Row(i), j, link, temperature);
  }
  return answers;
}

std::vector<double> ProbabilityOfGood(const Matrix<float>& outputs, double temperature) {
  KALLOS_CHECK(outputs.columns() == 2);
  std::vector<double> probabilities;
  for (size_t i = 0; i < outputs.rows(); ++i)
    probabilities.push_back(SoftmaxOf(outputs.Row(i), 1, temperature));
  return probabilities;
}

}  // namespace kallos::model
