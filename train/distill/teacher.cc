#include "train/distill/teacher.h"

#include <algorithm>
#include <map>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/log.h"
#include "lib/core/text.h"
#include "lib/store/joined.h"
#include "train/head_data.h"
#include "train/network/photograph_split.h"

namespace kallos::train {
namespace {

using store::ManifestRow;

// The stores say which bytes the features were made of.
void RequireSamePhotographs(const TeacherSource& source, store::Manifest& photographs) {
  std::map<std::string, std::string> known;
  const store::FeatureStore features(source.features[0]);
  for (const ManifestRow& row : features.manifest().rows) known[row.id] = row.sha256;
  std::vector<std::string> other;
  for (ManifestRow& row : photographs.rows) {
    if (row.path.empty())
      throw InputError(
          "{}: row '{}' has no path, so there is no photograph for the student to look at",
          PathText(source.manifest.value_or(source.features[0])), row.id);
    const std::string& sha256 = known[row.id];
    if (row.sha256.empty()) row.sha256 = sha256;
    if (!sha256.empty() && !row.sha256.empty() && sha256 != row.sha256) other.push_back(row.id);
  }
  if (other.empty()) return;
  const size_t count = other.size();
  other.resize(std::min<size_t>(count, 10));
  throw InputError(
      "{}: {} photographs are not those that the features in {} were made of (their SHA-256 "
      "differs): {}{}. Extract "
      "their features again",
      PathText(*source.manifest), count, PathText(source.features[0]), Join(other, ", "),
      count > 10 ? ", ..." : "");
}

}  // namespace

Teaching AskTeacher(const TeacherSource& source, uint64_t seed) {
  Teaching teaching;
  teaching.teacher = model::LoadVerdictBundle(source.bundle);
  store::JoinedFeatures joined = store::JoinStores(source.features, source.manifest);
  model::RequireSameExtractors(teaching.teacher, joined.parts);
  std::vector<size_t> used;
  for (size_t i = 0; i < joined.manifest.rows.size(); ++i) {
    if (!MayLearnFrom(joined.manifest.rows[i], source.labels_required)) continue;
    used.push_back(i);
    teaching.photographs.rows.push_back(joined.manifest.rows[i]);
  }
  teaching.photographs.folder = joined.manifest.folder;
  const PhotographSplit split = Divide(teaching.photographs, source.inner_validation, seed);
  teaching.train_rows = split.train_rows;
  teaching.validation_rows = split.validation_rows;
  RequireSamePhotographs(source, teaching.photographs);
  teaching.targets = model::HeadInputs(teaching.teacher, RowsOf(joined.features, used));
  teaching.logits =
      model::HeadOutputs(teaching.teacher.head, std::as_const(teaching.targets).View());
  FillHashes(teaching.photographs);
  Sha256 targets;
  targets.Update(teaching.targets.data(),
                 sizeof(float) * teaching.targets.rows() * teaching.targets.columns());
  teaching.content_hash = Sha256Hex(targets.Hex() + ContentOf(teaching.photographs) +
                                    Sha256OfFile(source.bundle / "bundle.yaml"));
  LogInfo("{} training and {} validation photographs, {} targets each", teaching.train_rows.size(),
          teaching.validation_rows.size(), teaching.targets.columns());
  return teaching;
}

}  // namespace kallos::train
