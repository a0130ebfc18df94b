// The loss of a network that gives verdicts: by labels, by what a teacher says, or both.
#pragma once

#include <vector>

#include "lib/config/config.h"
#include "lib/core/matrix.h"

namespace kallos::train {

//   cross-entropy  -log of the label's probability
//   broadcast-mse  ((p0 - label)^2 + (p1 - label)^2) / 2 of both probabilities against the label as
//                  a number: the loss of the published joint training, which pulls both outputs to
//                  the same side; kept for comparison
enum class LabelLoss { kCrossEntropy, kBroadcastMse };
inline NamedValues<LabelLoss> EnumTable(LabelLoss) {
  using enum LabelLoss;
  return {{kCrossEntropy, "cross-entropy"}, {kBroadcastMse, "broadcast-mse"}};
}

struct VerdictLoss {
  LabelLoss kind = LabelLoss::kCrossEntropy;
  double soft_weight = 0;  // a in [0, 1]; 0 = labels only, 1 = the teacher only
  double temperature = 2;  // T of the soft targets
};

// One photograph of a batch.
struct VerdictTarget {
  int label = 0;
  double weight = 1;                  // of its class in the label's loss
  double teacher_logits[2] = {0, 0};  // looked at where soft_weight is above 0
};

// Mean over the rows of (1 - a) weight L(label) + a T^2 KL(softmax(teacher / T) || softmax(logits /
// T)): Hinton et al., "Distilling the knowledge in a neural network", 2015, section 2. Turns the
// logits [rows x 2] into its gradient by them, and returns it.
double ToGradient(const VerdictLoss& loss, const std::vector<VerdictTarget>& targets,
                  Matrix<float>& logits);

}  // namespace kallos::train
