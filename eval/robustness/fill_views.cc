#include "eval/robustness/fill_views.h"

#include <deque>
#include <optional>

#include "lib/core/hash.h"
#include "lib/core/progress.h"
#include "lib/image/image.h"
#include "lib/image/published_transform.h"
#include "lib/model/bundle_extractors.h"
#include "lib/model/fill_stores.h"
#include "lib/nn/learned_denoiser.h"

namespace kallos::eval {
namespace {

// A constant, so that the same photographs give the same shards. Few, since denoising a
// large one takes a minute.
constexpr int64_t kShardRows = 32;

// Backbones count from 1, the photograph itself is 0.
Stream StreamOf(uint64_t seed, const View& view, const store::ManifestRow& row, size_t backbone) {
  return {seed, "eval/robustness/" + view.TransformName(), Fnv1a64(row.id), backbone};
}

// `learned` is the published denoiser, or nothing.
model::Change ChangeOf(uint64_t seed, const View& view, const store::ManifestRow& row,
                       const nn::LearnedDenoiser* learned) {
  if (!view.transform) return {};
  if (view.transform == image::Transform::kDenoise && learned != nullptr) {
    return {{}, [learned](const Picture8& input, size_t) {
              return image::ToFloat(learned->Apply(image::ToMultiplesOfEight(input)));
            }};
  }
  if (view.severity != kAsPublished) {
    return {[=, &row](const Picture8& picture) {
              return image::Apply(picture, *view.transform, view.severity,
                                  StreamOf(seed, view, row, 0));
            },
            {}};
  }
  return {{}, [=, &row](const Picture8& input, size_t backbone) {
            return image::ApplyAsPublished(input, *view.transform,
                                           StreamOf(seed, view, row, backbone + 1));
          }};
}

// The stores of one view.
struct OpenView {
  View view;
  std::deque<store::StoreWriter> writers = {};
  std::vector<model::Filling> fillings = {};
  model::Work work = {};
};

using Extractors = std::vector<std::unique_ptr<model::Extractor>>;

void Open(const ViewStores& stores, const Extractors& extractors,
          const store::Manifest& photographs, OpenView& open) {
  for (size_t part = 0; part < extractors.size(); ++part) {
    open.writers.emplace_back(stores.FolderOf(open.view, part),
                              stores.InfoOf(open.view, part, extractors[part]->Info()), photographs,
                              kShardRows);
    open.fillings.push_back({*extractors[part], open.writers.back()});
  }
  open.work = FindWork(open.fillings, photographs);
}

void Fill(const OpenView& open, const store::Manifest& photographs, uint64_t seed,
          const nn::LearnedDenoiser* learned, Progress& progress) {
  model::FillOptions options;
  options.photos.on_photo = [&] { progress.Add(1, open.view.Name()); };
  options.change = [&](const store::ManifestRow& row) {
    return ChangeOf(seed, open.view, row, learned);
  };
  FillStores(open.fillings, photographs, open.work, options);
  for (const store::StoreWriter& writer : open.writers) writer.FinishIfComplete();
}

}  // namespace

void FillViews(const ViewStores& stores, const std::vector<View>& views,
               const model::Bundle& bundle, const store::Manifest& photographs,
               const RobustnessConfig& config, uint64_t seed) {
  const Extractors extractors = model::MakeExtractors(bundle, config.weights, config.device);
  std::deque<OpenView> open;
  int64_t total = 0, done = 0;
  for (const View& view : views) {
    Open(stores, extractors, photographs, open.emplace_back(view));
    total += open.back().work.photos;
    done += open.back().work.done;
  }
  std::optional<nn::LearnedDenoiser> learned;
  if (config.denoiser) learned.emplace(*config.denoiser, config.device);
  Progress progress("robustness", "photos", total, done);
  for (const OpenView& one : open)
    Fill(one, photographs, seed, learned ? &*learned : nullptr, progress);
}

}  // namespace kallos::eval
