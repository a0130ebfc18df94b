#include "train/distill/joint_run.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "train/distill/verdict_training.h"

namespace kallos::train {
namespace {

std::string KeyOf(JointConfig config, const store::Manifest& photographs, uint64_t seed) {
  const std::string inputs =
      ContentOf(photographs) + "|" + (config.weights ? weights::ReadTensorIndex(*config.weights).sha256 : "");
  config.manifest.clear();
  config.weights.reset();
  config.network.out.clear();
  config.network.cache.reset();
  config.network.fresh = false;
  FieldList fields;
  Describe(fields, config);
  return Sha256Hex(fmt::format("{}|{}|{}", FormatConfig(fields.fields(), false), seed, inputs));
}

VerdictTask TaskOf(const JointConfig& config, uint64_t seed) {
  VerdictTask task;
  task.network.backbone = config.backbone;
  task.network.taps = config.taps;
  task.network.resize = image::ParseResizeRule(config.network.resize);
  task.network.apply_orientation = config.network.exif;
  task.network.device = config.network.device;
  if (config.weights) task.weights = *config.weights;
  task.freeze = config.freeze;
  for (const std::string& rate : config.rates) task.rates.push_back(*ParseRate(rate));
  const int64_t inputs = nn::MakeBackbone(config.backbone, config.taps)->dimension();
  task.head = InitHead({static_cast<size_t>(inputs), config.hidden, config.dropout}, seed);
  task.dropout = config.dropout;
  task.head_lr = config.head_lr.value_or(config.network.lr);
  task.photographs = LabelledPhotographs(config.manifest);
  task.split = Divide(task.photographs, config.inner_validation, seed);
  task.balance = config.balance;
  task.pool = config.pool;
  task.loss.kind = config.loss;
  task.key = KeyOf(config, task.photographs, seed);
  return task;
}

}  // namespace

void Validate(const JointConfig& config, Violations& violations) {
  ValidateView(config.network, violations);
  ValidateNetwork(config.network, violations);
  ValidateEndToEnd(config.rates, config.balance, config.pool, violations);
  if (config.weights) ValidateOutside("weights", *config.weights, config.network, violations);
  const std::vector<std::string>& known = nn::BackboneNames();
  if (!config.backbone.empty() && !std::ranges::count(known, config.backbone))
    violations.push_back(fmt::format("--backbone {}: unknown{} Known: {}", config.backbone,
                                     DidYouMean(config.backbone, known), Join(known, ", ")));
  if (config.taps == nn::Taps::kOutputs)
    violations.push_back("--taps outputs: the head takes features; give pooled or multigap");
  if (config.hidden.size() != config.dropout.size())
    violations.push_back(fmt::format("--dropout: {} values for {} hidden layers; give one for each",
                                     config.dropout.size(), config.hidden.size()));
}

void RunJoint(const JointConfig& config, RunContext& context) {
  const NetworkRun run(config.network);
  const VerdictTask task = TaskOf(config, context.seed);
  context.record.AddInput(PathText(config.manifest), Sha256OfFile(config.manifest));
  if (config.weights) context.record.AddInput(PathText(*config.weights), Sha256OfFile(*config.weights));
  TrainVerdicts(task, config.network, context.seed, run, context.record);
}

}  // namespace kallos::train
