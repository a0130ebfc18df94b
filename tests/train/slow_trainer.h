// Training of a head as its definition reads, in double precision and without dropout: gradients
// are central differences of the loss. For tiny heads.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "train/trainer.h"

namespace kallos::train {

class SlowTrainer {
 public:
  struct Layer {
    size_t in, out;
    std::vector<double> kernel, bias, gamma, beta, mean, variance;
  };

  SlowTrainer(const model::Head& head, MovingStatistics moving) : moving_(moving) {
    const auto doubles = [](const std::vector<float>& v) {
      return std::vector<double>(v.begin(), v.end());
    };
    for (const model::HeadLayer& l : head) {
      const size_t in = l.kernel.rows(), out = l.kernel.columns();
      layers_.push_back({in, out, std::vector<double>(l.kernel.data(), l.kernel.data() + in * out),
                         doubles(l.bias), doubles(l.gamma), doubles(l.beta), doubles(l.mean),
                         doubles(l.variance)});
    }
    m_.resize(Parameters().size());
    v_.resize(m_.size());
  }

  // Kernel, bias, gamma, beta of layer 0, of layer 1, ...
  std::vector<double*> Parameters() {
    std::vector<double*> all;
    for (Layer& l : layers_) {
      for (std::vector<double>* values : {&l.kernel, &l.bias, &l.gamma, &l.beta})
        for (double& value : *values) all.push_back(&value);
    }
    return all;
  }

  // Mean weighted cross-entropy of the rows, normalised by their own statistics, which go to
  // `statistics` (mean and variance of every column of every layer).
  double Loss(const TrainingData& data, const std::vector<size_t>& rows,
              std::vector<std::pair<double, double>>* statistics = nullptr) const {
    std::vector<std::vector<double>> x;
    for (const size_t row : rows)
      x.emplace_back(data.features.Row(row).begin(), data.features.Row(row).end());
    for (const Layer& l : layers_) {
      std::vector<std::vector<double>> y(rows.size(), l.bias);
      for (size_t r = 0; r < rows.size(); ++r) {
        for (size_t j = 0; j < l.out; ++j) {
          for (size_t i = 0; i < l.in; ++i) y[r][j] += x[r][i] * l.kernel[i * l.out + j];
        }
      }
      if (!l.gamma.empty()) Normalise(l, y, statistics);
      x = y;
    }
    double loss = 0;
    for (size_t r = 0; r < rows.size(); ++r) {
      const int label = data.labels[rows[r]];
      const double log_sum = std::log(std::exp(x[r][0]) + std::exp(x[r][1]));
      loss += data.class_weight[static_cast<size_t>(label)] *
              (log_sum - x[r][static_cast<size_t>(label)]);
    }
    return loss / static_cast<double>(rows.size());
  }

  std::vector<double> Gradient(const TrainingData& data, const std::vector<size_t>& rows) {
    constexpr double kStep = 1e-5;
    std::vector<double> gradient;
    for (double* parameter : Parameters()) {
      const double value = *parameter;
      *parameter = value + kStep;
      const double above = Loss(data, rows);
      *parameter = value - kStep;
      gradient.push_back((above - Loss(data, rows)) / (2 * kStep));
      *parameter = value;
    }
    return gradient;
  }

  void Step(const TrainingData& data, const std::vector<size_t>& rows, double rate) {
    const std::vector<double> gradient = Gradient(data, rows);
    std::vector<std::pair<double, double>> statistics;
    Loss(data, rows, &statistics);
    ++step_;
    MoveStatistics(statistics);
    const double bias1 = 1 - std::pow(0.9, step_), bias2 = 1 - std::pow(0.999, step_);
    const std::vector<double*> parameters = Parameters();
    for (size_t i = 0; i < gradient.size(); ++i) {
      m_[i] = 0.9 * m_[i] + 0.1 * gradient[i];
      v_[i] = 0.999 * v_[i] + 0.001 * gradient[i] * gradient[i];
      *parameters[i] -= rate * std::sqrt(bias2) / bias1 * m_[i] / (std::sqrt(v_[i]) + 1e-7);
    }
  }

  const std::vector<Layer>& layers() const { return layers_; }

 private:
  static void Normalise(const Layer& l, std::vector<std::vector<double>>& y,
                        std::vector<std::pair<double, double>>* statistics) {
    const auto n = static_cast<double>(y.size());
    for (size_t j = 0; j < l.out; ++j) {
      double mean = 0, variance = 0;
      for (auto& row : y) mean += (row[j] = std::max(row[j], 0.0)) / n;
      for (const auto& row : y) variance += (row[j] - mean) * (row[j] - mean) / n;
      for (auto& row : y)
        row[j] = (row[j] - mean) / std::sqrt(variance + 1e-3) * l.gamma[j] + l.beta[j];
      if (statistics != nullptr) statistics->emplace_back(mean, variance);
    }
  }

  void MoveStatistics(const std::vector<std::pair<double, double>>& statistics) {
    const double rate =
        0.01 / (moving_ == MovingStatistics::kDebiased ? 1 - std::pow(0.99, step_) : 1);
    size_t k = 0;
    for (Layer& l : layers_) {
      for (size_t j = 0; j < l.mean.size(); ++j, ++k) {
        l.mean[j] += rate * (statistics[k].first - l.mean[j]);
        l.variance[j] += rate * (statistics[k].second - l.variance[j]);
      }
    }
  }

  std::vector<Layer> layers_;
  MovingStatistics moving_;
  std::vector<double> m_, v_;
  int step_ = 0;
};

}  // namespace kallos::train
