#include "train/network/joint_run.h"

#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "train/network/verdict_training.h"

namespace kallos::train {
namespace {

std::string KeyOf(JointConfig config, const store::Manifest& photographs, uint64_t seed) {
  config.end_to_end.head_lr = config.end_to_end.head_lr.value_or(config.network.lr);
  const std::string weights =
      config.weights ? weights::ReadTensorIndex(*config.weights).sha256 : "";
  return Sha256Hex(fmt::format("{}|{}|{}|{}", DecidingSettings(config, {"manifest", "weights"}),
                               seed, ContentOf(photographs), weights));
}

VerdictTask TaskOf(const JointConfig& config, uint64_t seed) {
  VerdictTask task;
  task.network.backbone = config.backbone;
  task.network.taps = config.taps;
  task.network.resize = image::ParseResizeRule(config.network.resize);
  task.network.apply_orientation = config.network.exif;
  task.network.device = config.network.device;
  if (config.weights) task.weights = *config.weights;
  task.settings = config.end_to_end;
  const int64_t inputs = nn::MakeBackbone(config.backbone, config.taps)->dimension();
  task.head = model::InitHead({static_cast<size_t>(inputs), config.hidden, config.dropout}, seed);
  task.dropout = config.dropout;
  task.photographs = LabelledPhotographs(config.manifest);
  task.split = Divide(task.photographs, config.network.inner_validation, seed);
  task.pool = config.pool;
  task.loss.kind = config.loss;
  task.key = KeyOf(config, task.photographs, seed);
  return task;
}

}  // namespace

void RunJoint(const JointConfig& config, RunContext& context) {
  TrainingFolder folder(config.network.out, config.network.fresh);
  const VerdictTask task = TaskOf(config, context.seed);
  context.record.AddInput(PathText(config.manifest), Sha256OfFile(config.manifest));
  if (config.weights)
    context.record.AddInput(PathText(*config.weights), Sha256OfFile(*config.weights));
  TrainVerdicts(task, config.network, context.seed, folder, context.record);
}

}  // namespace kallos::train
