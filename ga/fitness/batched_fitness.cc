#include "ga/fitness/batched_fitness.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ga/fitness/stacked_heads.h"
#include "lib/core/error.h"
#include "lib/core/log.h"
#include "lib/core/stop.h"
#include "lib/core/text.h"
#include "lib/device/libtorch.h"

namespace kallos::ga {
namespace {

constexpr double kUsableMemory = 0.9;  // of what is free, for the heads
constexpr int64_t kOnTheCpu = 4;       // heads at once on a CPU; more are no faster
constexpr int64_t kRowsAtOnce = 512;   // of the features on their way to the device

at::Tensor ToIndices(const std::vector<size_t>& rows, at::Device device) {
  return at::tensor(std::vector<int64_t>(rows.begin(), rows.end()), at::kLong).to(device);
}

}  // namespace

class BatchedFitness::Impl {
 public:
  Impl(const Recipe& recipe, Metric metric, const FitnessData& data, uint64_t seed,
       const BatchSettings& settings)
      : recipe_(recipe),
        metric_(metric),
        data_(data),
        seed_(seed),
        settings_(settings),
        device_(AtDevice(settings.device)) {
    at::globalContext().setAllowTF32CuBLAS(recipe.precision == Precision::kTf32);
    const int64_t rows = data.features.rows, columns = data.features.columns;
    // Column by column, so that the columns of an individual are whole rows of this tensor.
    const at::Tensor by_row =
        at::from_blob(const_cast<float*>(data.features.data), {rows, columns}, at::kFloat);
    try {
      // Rounded once for all products where they round it anyway.
      const at::ScalarType type = recipe.precision == Precision::kBf16 ? at::kBFloat16 : at::kFloat;
      features_ = at::empty({columns, rows}, at::TensorOptions().dtype(type).device(device_));
      for (int64_t first = 0; first < rows; first += kRowsAtOnce) {
        const int64_t count = std::min(kRowsAtOnce, rows - first);
        features_.narrow(1, first, count).copy_(by_row.narrow(0, first, count).to(device_).t());
      }
    } catch (const c10::OutOfMemoryError&) {
      throw EnvironmentError(
          "--device {}: {} of features do not fit into its memory; use --device cpu, fewer rows or "
          "--pca",
          settings.device.Name(), FormatBytes(rows * columns * sizeof(float)));
    }
    labels_ = at::tensor(std::vector<int64_t>(data.labels.begin(), data.labels.end()), at::kLong)
                  .to(device_);
  }

  int64_t together() const { return settings_.together; }

  void Evaluate(std::span<const Columns> individuals, const Budget& budget,
                const std::function<void(size_t, double)>& done) {
    if (individuals.empty()) return;
    KALLOS_CHECK(!first_weights_ || inputs_ == individuals[0].size());
    inputs_ = individuals[0].size();
    if (settings_.together == 0) ChooseTogether(inputs_);
    for (size_t first = 0; first < individuals.size();) {
      const size_t count = std::min<size_t>(settings_.together, individuals.size() - first);
      std::vector<double> fitness;
      try {
        fitness = Guarded(settings_.device,
                          [&] { return Train(individuals.subspan(first, count), budget); });
      } catch (const c10::OutOfMemoryError& error) {
        HalveTogether(count, error);
        continue;
      }
      for (size_t i = 0; i < count; ++i) done(first + i, fitness[i]);
      first += count;
    }
  }

  std::vector<std::vector<double>> FirstLosses(std::span<const Columns> individuals,
                                               int64_t steps) {
    const c10::DeviceGuard present(device_);
    std::vector<std::vector<double>> losses(individuals.size());
    const at::Tensor indices = IndicesOf(individuals);
    const auto heads = MakeHeads(individuals, indices);
    TrainFold(recipe_, data_.folds[0], indices, *heads, steps, [&](const at::Tensor& of_step) {
      const at::Tensor on_host = of_step.cpu();
      for (size_t i = 0; i < losses.size(); ++i) losses[i].push_back(on_host.data_ptr<float>()[i]);
    });
    return losses;
  }

 private:
  void ChooseTogether(int64_t inputs) {
    const double bytes = StackedHeads::Bytes(recipe_, inputs);
    int64_t most = kOnTheCpu;
    if (settings_.device.cuda) most = std::numeric_limits<int32_t>::max();
    if (const std::optional<uint64_t> free = FreeMemory(settings_.device)) {
      const double first_weights =
          sizeof(float) * static_cast<double>(features_.size(0) * recipe_.hidden[0]);
      most = static_cast<int64_t>(kUsableMemory * (*free - first_weights) / bytes);
    }
    // One stacked kernel stays below 2^31 entries, which some of LibTorch's kernels count
    // in 32 bits.
    int64_t largest = inputs * recipe_.hidden[0];
    for (size_t i = 1; i < recipe_.hidden.size(); ++i)
      largest = std::max(largest, recipe_.hidden[i - 1] * recipe_.hidden[i]);
    settings_.together = std::clamp<int64_t>(
        most, 1, std::max<int64_t>(1, std::numeric_limits<int32_t>::max() / largest));
    LogInfo("{} heads at once on {}, {} each", settings_.together, settings_.device.Name(),
            FormatBytes(static_cast<uint64_t>(bytes)));
  }

  void HalveTogether(int64_t tried, const c10::OutOfMemoryError& error) {
    if (tried == 1) {
      throw EnvironmentError(
          "--device {}: not even one head fits into its memory ({}); use smaller --hidden or "
          "--batch",
          settings_.device.Name(), error.what_without_backtrace());
    }
    settings_.together = tried / 2;
    LogWarning("{} is out of memory: from now on {} heads at once", settings_.device.Name(),
               settings_.together);
  }

  // [K * L], the columns of one head after the other.
  at::Tensor IndicesOf(std::span<const Columns> individuals) const {
    std::vector<int64_t> indices;
    for (const Columns& columns : individuals) {
      KALLOS_CHECK(columns.size() == individuals[0].size());
      indices.insert(indices.end(), columns.begin(), columns.end());
    }
    return at::tensor(indices, at::kLong).to(device_);
  }

  std::unique_ptr<StackedHeads> MakeHeads(std::span<const Columns> individuals,
                                          const at::Tensor& indices) {
    if (!first_weights_) {
      first_weights_ = std::make_unique<FirstWeights>(recipe_, individuals[0].size(),
                                                      features_.size(0), seed_, device_);
    }
    return MakeStackedHeads(recipe_, *first_weights_, indices, individuals.size(),
                            recipe_.precision);
  }

  // [K, rows, L], a view of [K, L, rows].
  at::Tensor InputsOf(const at::Tensor& rows, const at::Tensor& indices, int64_t heads) const {
    return features_.index_select(1, rows)
        .index_select(0, indices)
        .view({heads, -1, rows.size(0)})
        .transpose(1, 2);
  }

  std::vector<double> Train(std::span<const Columns> individuals, const Budget& budget) {
    const Recipe recipe = WithBudget(recipe_, budget);
    std::vector<double> fitness(individuals.size(), 0);
    const at::Tensor indices = IndicesOf(individuals);
    for (const Fold& fold : WithBudget(data_, budget, seed_)) {
      const auto heads = MakeHeads(individuals, indices);
      at::Tensor finite = at::ones({std::ssize(individuals)}, at::kBool).to(device_);
      TrainFold(recipe, fold, indices, *heads, std::numeric_limits<int64_t>::max(),
                [&](const at::Tensor& losses) { finite.logical_and_(losses.isfinite()); });
      AddMetrics(fold, indices, *heads, finite.cpu(), fitness);
    }
    return fitness;
  }

  // on_step(losses [K]) stays on the device, so that nothing waits for it.
  void TrainFold(const Recipe& recipe, const Fold& fold, const at::Tensor& indices,
                 StackedHeads& heads, int64_t most_steps,
                 const std::function<void(const at::Tensor&)>& on_step) const {
    const std::vector<float> class_weights =
        train::ClassWeights(recipe.balance, data_.labels, fold.train_rows);
    const at::Tensor weights = at::tensor(class_weights).to(device_).index_select(0, labels_);
    const std::vector<double> rates = recipe.LearningRates();
    int64_t steps = 0;
    for (size_t epoch = 0; epoch < rates.size(); ++epoch) {
      const std::vector<size_t> order =
          train::EpochRows(recipe.balance, data_.labels, fold.train_rows, seed_, epoch);
      const at::Tensor rows = ToIndices(order, device_);
      std::vector<int64_t> counts;
      for (const std::vector<size_t>& batch : train::Batches(order, recipe.batch))
        counts.push_back(batch.size());
      const std::vector<at::Tensor> masks = DropoutMasks(recipe, seed_, steps + 1, counts, device_);
      int64_t first = 0;
      for (const int64_t count : counts) {
        ThrowIfStopRequested();
        if (steps++ == most_steps) return;
        const auto part = [&](const at::Tensor& all) { return all.narrow(0, first, count); };
        const at::Tensor own = part(rows);
        std::vector<at::Tensor> own_masks;
        for (const at::Tensor& mask : masks) own_masks.push_back(part(mask));
        first += count;
        on_step(heads.Step(InputsOf(own, indices, heads.count()), labels_.index_select(0, own),
                           weights.index_select(0, own).div_(static_cast<double>(count)), own_masks,
                           rates[epoch]));
      }
    }
  }

  void AddMetrics(const Fold& fold, const at::Tensor& indices, const StackedHeads& heads,
                  const at::Tensor& finite, std::vector<double>& fitness) const {
    const int64_t count = fitness.size();
    std::vector<at::Tensor> parts;
    const at::Tensor rows = ToIndices(fold.validation_rows, device_);
    for (int64_t first = 0; first < rows.size(0); first += StackedHeads::kRowsOfLogits) {
      const at::Tensor own =
          rows.narrow(0, first, std::min(StackedHeads::kRowsOfLogits, rows.size(0) - first));
      parts.push_back(heads.Logits(InputsOf(own, indices, count)));
    }
    const at::Tensor logits = at::cat(parts, 1).cpu().contiguous();
    std::vector<int> labels;
    for (const size_t row : fold.validation_rows) labels.push_back(data_.labels[row]);
    for (int64_t k = 0; k < count; ++k) {
      Matrix<float> own(labels.size(), logits.size(2));
      std::copy_n(logits[k].data_ptr<float>(), logits[k].numel(), own.data());
      const bool diverged = !finite[k].item<bool>();
      fitness[k] += diverged ? std::numeric_limits<double>::quiet_NaN()
                             : MetricOf(metric_, own, labels) / data_.folds.size();
    }
  }

  const Recipe recipe_;
  Metric metric_;
  const FitnessData& data_;
  uint64_t seed_;
  BatchSettings settings_;
  at::Device device_;
  at::Tensor features_;  // [D, rows]
  at::Tensor labels_;    // [rows]
  std::unique_ptr<FirstWeights> first_weights_;
  size_t inputs_ = 0;  // of each head
};

BatchedFitness::BatchedFitness(const Recipe& recipe, Metric metric, const FitnessData& data,
                               uint64_t seed, const BatchSettings& settings)
    : impl_(Guarded(settings.device,
                    [&] { return std::make_unique<Impl>(recipe, metric, data, seed, settings); })) {
}

BatchedFitness::~BatchedFitness() = default;

void BatchedFitness::Evaluate(std::span<const Columns> individuals, const Budget& budget,
                              const std::function<void(size_t, double)>& done) {
  impl_->Evaluate(individuals, budget, done);
}

std::vector<std::vector<double>> BatchedFitness::FirstLosses(std::span<const Columns> individuals,
                                                             int64_t steps) {
  return impl_->FirstLosses(individuals, steps);
}

int64_t BatchedFitness::together() const {
  return impl_->together();
}

}  // namespace kallos::ga
