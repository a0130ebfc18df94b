#include "ga/evolution/checkpoint.h"

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/store/hdf5_image.h"
#include "lib/store/seal.h"

namespace kallos::ga {
namespace {

constexpr std::string_view kKind = "ga checkpoint";
constexpr int64_t kFormatVersion = 2;
constexpr size_t kMaxBytes = size_t{8} << 30;

[[noreturn]] void ThrowDamaged(const std::string& name) {
  throw InputError("{}: the checkpoint is damaged (cut short or altered); --fresh starts over",
                   name);
}

Genome GenomeOf(std::span<const int32_t> row, int64_t columns, const std::string& name) {
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i] < 0 || row[i] >= columns || (i > 0 && row[i] <= row[i - 1])) ThrowDamaged(name);
  }
  return {row.begin(), row.end()};
}

}  // namespace

void WriteCheckpoint(const fs::path& file, const Population& population, const Space& space,
                     const std::string& key) {
  const size_t islands = population.islands.size();
  const size_t size = population.islands[0].members.size();
  Matrix<int32_t> genomes(islands * size, space.selected);
  std::vector<double> fitness, divisor, best, stagnation;
  for (const Island& island : population.islands) {
    best.push_back(island.best);
    stagnation.push_back(island.stagnation);
    for (const Individual& individual : island.members) {
      std::ranges::copy(individual.genome, genomes.Row(fitness.size()).begin());
      fitness.push_back(individual.fitness);
      divisor.push_back(individual.divisor);
    }
  }
  store::Hdf5Builder builder;
  builder.SetAttribute("format_version", kFormatVersion);
  builder.SetAttribute("generation", population.generation);
  builder.SetAttribute("columns", space.columns);
  builder.SetAttribute("key", key);
  builder.AddInt32("population", std::as_const(genomes).View());
  builder.AddDoubles("fitness", fitness);
  builder.AddDoubles("shortened", divisor);
  builder.AddDoubles("island_best", best);
  builder.AddDoubles("island_stagnation", stagnation);
  PublishBytes(file, store::Sealed(builder.Finish(), kKind));
}

std::optional<Checkpoint> ReadCheckpoint(const fs::path& file) {
  if (!fs::exists(file)) return std::nullopt;
  const std::string name = PathText(file);
  const std::string bytes = ReadFile(file, kMaxBytes);
  const std::optional<std::string_view> whole = store::Unsealed(bytes, kKind);
  if (!whole) ThrowDamaged(name);
  const store::Hdf5Image image(*whole, name);
  const int64_t version = image.IntAttribute("format_version");
  if (version != kFormatVersion)
    throw InputError("{}: format version {}; this program reads {}; --fresh starts over", name,
                     version, kFormatVersion);
  const Matrix<int32_t> genomes = image.Int32s("population");
  const std::vector<double> fitness = image.Doubles("fitness");
  const std::vector<double> divisor = image.Doubles("shortened");
  const std::vector<double> best = image.Doubles("island_best");
  const std::vector<double> stagnation = image.Doubles("island_stagnation");
  if (best.empty() || best.size() != stagnation.size() || fitness.size() != genomes.rows() ||
      divisor.size() != genomes.rows() || genomes.rows() == 0 || genomes.rows() % best.size() != 0)
    ThrowDamaged(name);
  Checkpoint checkpoint;
  checkpoint.key = image.StringAttribute("key");
  checkpoint.space = {image.IntAttribute("columns"), static_cast<int64_t>(genomes.columns())};
  checkpoint.population.generation = image.IntAttribute("generation");
  const size_t size = genomes.rows() / best.size();
  for (size_t i = 0; i < best.size(); ++i) {
    Island island{{}, best[i], static_cast<int64_t>(stagnation[i])};
    for (size_t row = i * size; row < (i + 1) * size; ++row) {
      Genome genome = GenomeOf(genomes.Row(row), checkpoint.space.columns, name);
      std::string individual = KeyOf(genome);
      island.members.push_back({std::move(genome), std::move(individual), fitness[row],
                                static_cast<int64_t>(divisor[row])});
    }
    checkpoint.population.islands.push_back(std::move(island));
  }
  return checkpoint;
}

}  // namespace kallos::ga
