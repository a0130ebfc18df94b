#include "train/distill/finetune_run.h"

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "train/distill/teacher.h"
#include "train/network/network_bundle.h"
#include "train/network/verdict_training.h"

namespace kallos::train {
namespace {

// With all that is left to a default, for a head of `layers`.
FinetuneConfig WrittenOut(FinetuneConfig config, size_t layers) {
  config.end_to_end.head_lr = config.end_to_end.head_lr.value_or(config.network.lr);
  if (config.dropout.empty()) config.dropout.assign(layers - 1, 0.0);
  if (!config.teacher) return config;
  config.soft_weight = config.soft_weight.value_or(0.5);
  config.temperature = config.temperature.value_or(2);
  return config;
}

void TakePhotographs(const FinetuneConfig& config, uint64_t seed, VerdictTask& task) {
  task.photographs = LabelledPhotographs(*config.manifest);
  task.split = Divide(task.photographs, config.network.inner_validation, seed);
  task.key += ContentOf(task.photographs);
}

void TakeTeaching(const FinetuneConfig& config, uint64_t seed, VerdictTask& task) {
  Teaching teaching = AskTeacher(
      {*config.teacher, config.features, config.manifest, config.network.inner_validation, true},
      seed);
  if (config.hint_weight > 0 && teaching.targets.columns() != task.head[0].kernel.rows()) {
    throw InputError(
        "--hint-weight: the student gives {} numbers, the teacher's head takes {}; they must be "
        "the same",
        task.head[0].kernel.rows(), teaching.targets.columns());
  }
  task.photographs = std::move(teaching.photographs);
  task.split = {std::move(teaching.train_rows), std::move(teaching.validation_rows)};
  task.loss.soft_weight = *config.soft_weight;
  task.loss.temperature = *config.temperature;
  task.teacher_logits = std::move(teaching.logits);
  if (config.hint_weight > 0) task.hints = std::move(teaching.targets);
  task.key += teaching.content_hash;
}

VerdictTask TaskOf(const FinetuneConfig& given, uint64_t seed) {
  const model::Bundle student = LoadNetworkBundle(given.student);
  const FinetuneConfig config = WrittenOut(given, student.head.size());
  VerdictTask task;
  task.network = model::ParseDescription(student.parts[0].description);
  task.network.device = config.network.device;
  task.weights = student.weights[0];
  task.settings = given.end_to_end;
  task.head = student.head;
  task.dropout = config.dropout;
  if (task.dropout.size() + 1 != task.head.size())
    throw UsageError(
        "--dropout: {} values for a head of {} hidden layers; give one for each, or none",
        task.dropout.size(), task.head.size() - 1);
  task.pool = config.pool;
  task.hint_weight = config.hint_weight;
  task.key = fmt::format("{}|{}|{}|",
                         DecidingSettings(config, {"student", "manifest", "teacher", "features"}),
                         seed, Sha256OfFile(config.student / "bundle.yaml"));
  config.teacher ? TakeTeaching(config, seed, task) : TakePhotographs(config, seed, task);
  task.key = Sha256Hex(task.key);
  return task;
}

}  // namespace

void RunFinetune(const FinetuneConfig& config, RunContext& context) {
  TrainingFolder folder(config.network.out, config.network.fresh);
  const VerdictTask task = TaskOf(config, context.seed);
  context.record.AddInput(PathText(config.student), Sha256OfFile(config.student / "bundle.yaml"));
  if (config.teacher)
    context.record.AddInput(PathText(*config.teacher),
                            Sha256OfFile(*config.teacher / "bundle.yaml"));
  if (config.manifest)
    context.record.AddInput(PathText(*config.manifest), Sha256OfFile(*config.manifest));
  NetworkConfig network = config.network;  // the bundle says what the student sees
  network.resize = task.network.resize.Name();
  network.exif = task.network.apply_orientation;
  TrainVerdicts(task, network, context.seed, folder, context.record);
}

}  // namespace kallos::train
