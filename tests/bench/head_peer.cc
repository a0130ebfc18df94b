#include "tests/bench/head_peer.h"

#include <torch/torch.h>

#include "lib/parallel/parallel.h"
#include "tests/bench/measure.h"

namespace kallos {
namespace {

torch::nn::Sequential Model(const model::HeadSpec& spec) {
  torch::nn::Sequential model;
  auto in = static_cast<int64_t>(spec.inputs);
  for (size_t i = 0; i < spec.hidden.size(); ++i) {
    model->push_back(torch::nn::Linear(in, spec.hidden[i]));
    model->push_back(torch::nn::ReLU());
    model->push_back(torch::nn::BatchNorm1d(
        torch::nn::BatchNorm1dOptions(spec.hidden[i]).eps(1e-3).momentum(0.01)));
    model->push_back(torch::nn::Dropout(spec.dropout[i]));
    in = spec.hidden[i];
  }
  model->push_back(torch::nn::Linear(in, static_cast<int64_t>(spec.outputs)));
  return model;
}

// A model with its optimizer.
struct Peer {
  torch::nn::Sequential model;
  torch::optim::Adam adam;

  explicit Peer(const model::HeadSpec& spec)
      : model(Model(spec)), adam(model->parameters(), torch::optim::AdamOptions(0.003)) {
    at::set_num_threads(Threads());
  }

  void Step(const torch::Tensor& x) {
    adam.zero_grad();
    const torch::Tensor y = torch::arange(x.size(0)).remainder(2);
    torch::nn::functional::cross_entropy(model->forward(x), y).backward();
    adam.step();
  }
};

}  // namespace

double EagerTorchStepSeconds(const model::HeadSpec& spec, size_t batch) {
  Peer peer(spec);
  const torch::Tensor x =
      torch::rand({static_cast<int64_t>(batch), static_cast<int64_t>(spec.inputs)});
  return Least(8, [&] { peer.Step(x); });
}

double EagerTorchSearchStepSeconds(const model::HeadSpec& spec, MatrixView<const float> features,
                                   const std::vector<int32_t>& columns,
                                   std::span<const std::vector<size_t>> batches) {
  Peer peer(spec);
  const torch::Tensor all = torch::from_blob(
      const_cast<float*>(features.data),
      {static_cast<int64_t>(features.rows), static_cast<int64_t>(features.columns)});
  const torch::Tensor chosen = torch::tensor(columns).to(torch::kLong);
  double start = 0;
  for (size_t i = 0; i < batches.size(); ++i) {
    if (i == 1) start = Seconds();
    const torch::Tensor rows =
        torch::tensor(std::vector<int64_t>(batches[i].begin(), batches[i].end()));
    peer.Step(all.index_select(0, rows).index_select(1, chosen));
  }
  return (Seconds() - start) / static_cast<double>(batches.size() - 1);
}

}  // namespace kallos
