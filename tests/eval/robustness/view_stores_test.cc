// Where the features of views lie, and what tells them apart.
#include "eval/robustness/view_stores.h"

#include <gtest/gtest.h>

#include <set>

#include "lib/core/file.h"
#include "lib/core/hash.h"

namespace kallos::eval {
namespace {

using image::Transform;

const std::string kPlain = R"({"backbone":"mobilenet_v1_025","taps":"pooled"})";
const View kUntouched = {}, kBlur3 = {Transform::kBlur, 3},
           kDenoiseLegacy = {Transform::kDenoise, kAsPublished};

std::vector<model::BundlePart> Parts(const std::vector<std::string>& descriptions) {
  std::vector<model::BundlePart> parts;
  for (const std::string& description : descriptions)
    parts.push_back({"e", description, Sha256Hex(description), 4});
  return parts;
}

TEST(ViewStores, EverythingThatChangesFeaturesChangesThePlace) {
  const ViewSource source{"photographs", "cpu", 1};
  std::set<fs::path> folders;
  const auto add = [&](const ViewSource& from, const View& view, size_t part) {
    folders.insert(ViewStores("v", Parts({kPlain, "{}"}), from).FolderOf(view, part));
  };
  add(source, kBlur3, 0);
  add(source, kBlur3, 0);
  EXPECT_EQ(folders.size(), 1u);
  add(source, kBlur3, 1);
  add(source, {Transform::kBlur, 4}, 0);
  add(source, {Transform::kNoise, 3}, 0);
  add(source, {Transform::kBlur, kAsPublished}, 0);
  add(source, kUntouched, 0);
  add({"others", "cpu", 1}, kBlur3, 0);
  add({"photographs", "cuda", 1}, kBlur3, 0);
  add({"photographs", "cpu", 2}, kBlur3, 0);
  EXPECT_EQ(folders.size(), 9u);
}

TEST(ViewStores, ShareWhatHeadsHaveInCommon) {
  const ViewSource source{"photographs", "cpu", 1};
  const ViewStores one("v", Parts({kPlain}), source), two("v", Parts({"{}", kPlain}), source);
  EXPECT_EQ(one.FolderOf(kBlur3, 0), two.FolderOf(kBlur3, 1));
  const View legacy = {Transform::kNoise, kAsPublished};
  EXPECT_NE(one.FolderOf(legacy, 0), two.FolderOf(legacy, 1))
      << "random numbers by place in the bundle";
}

TEST(ViewStores, DescribeTheirView) {
  const ViewStores stores("v", Parts({kPlain}), {"photographs", "cpu", 7});
  store::StoreInfo plain;
  plain.description = kPlain;
  plain.fingerprint = Sha256Hex(kPlain);
  EXPECT_EQ(stores.InfoOf(kUntouched, 0, plain).fingerprint, plain.fingerprint);
  const store::StoreInfo blurred = stores.InfoOf(kBlur3, 0, plain);
  EXPECT_EQ(blurred.description,
            R"({"backbone":"mobilenet_v1_025","taps":"pooled","view":{"name":"blur-3","seed":7}})");
  EXPECT_EQ(blurred.fingerprint, Sha256Hex(blurred.description));
}

TEST(ViewStores, ThePublishedDenoiserIsNamedWhereItIsUsed) {
  const ViewSource plain{"photographs", "cpu", 1}, learned{"photographs", "cpu", 1, "sha256:abc"};
  const ViewStores without("v", Parts({kPlain}), plain), with("v", Parts({kPlain}), learned);
  EXPECT_NE(with.FolderOf(kDenoiseLegacy, 0), without.FolderOf(kDenoiseLegacy, 0));
  EXPECT_EQ(with.FolderOf({Transform::kDenoise, 3}, 0),
            without.FolderOf({Transform::kDenoise, 3}, 0));
  EXPECT_EQ(with.FolderOf(kBlur3, 0), without.FolderOf(kBlur3, 0));
}

}  // namespace
}  // namespace kallos::eval
