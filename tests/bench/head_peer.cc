#include "tests/bench/head_peer.h"

#include <torch/torch.h>

#include <chrono>

#include "lib/parallel/parallel.h"

namespace kallos {
namespace {

torch::nn::Sequential Model(const train::HeadSpec& spec) {
  torch::nn::Sequential model;
  auto in = static_cast<int64_t>(spec.inputs);
  for (size_t i = 0; i < spec.hidden.size(); ++i) {
    model->push_back(torch::nn::Linear(in, spec.hidden[i]));
    model->push_back(torch::nn::ReLU());
    model->push_back(torch::nn::BatchNorm1d(torch::nn::BatchNorm1dOptions(spec.hidden[i]).eps(1e-3).momentum(0.01)));
    model->push_back(torch::nn::Dropout(spec.dropout[i]));
    in = spec.hidden[i];
  }
  model->push_back(torch::nn::Linear(in, static_cast<int64_t>(train::kClasses)));
  return model;
}

}  // namespace

double EagerTorchStepSeconds(const train::HeadSpec& spec, size_t batch) {
  at::set_num_threads(Threads());
  torch::nn::Sequential model = Model(spec);
  torch::optim::Adam adam(model->parameters(), torch::optim::AdamOptions(0.003));
  const auto rows = static_cast<int64_t>(batch);
  const torch::Tensor x = torch::rand({rows, static_cast<int64_t>(spec.inputs)});
  const torch::Tensor y = torch::arange(rows).remainder(2);
  double least = 1e9;
  for (int i = 0; i < 8; ++i) {
    const auto start = std::chrono::steady_clock::now();
    adam.zero_grad();
    torch::nn::functional::cross_entropy(model->forward(x), y).backward();
    adam.step();
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return least;
}

}  // namespace kallos
