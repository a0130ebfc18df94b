// One declaration per config struct drives YAML, flags, --help, checks and --print-config.
//
//   struct SplitConfig { fs::path manifest; double val = 0.15; std::vector<int64_t> hidden = {2048, 1024, 256}; };
//   template <class V> void Describe(V& v, SplitConfig& c) {
//     v.Positional("manifest", c.manifest, Required(), "The manifest to split.");
//     v("val", c.val, InRange(0.0, 1.0), "Fraction of the rows for validation.");
//     v("hidden", c.hidden, Each(AtLeast(1)), "Units of each hidden layer.");
//   }
//
// Field types: bool, int64_t, uint64_t, double, std::string, std::filesystem::path, enums with a name table,
// std::optional of these, and std::vector of these (a flag given again appends; numbers also as 1,2,3; in YAML a list).
// A bool flag is
// --name or --no-name. Rules over several fields: a function `void Validate(const SplitConfig&, Violations&)` found by
// ADL.
#pragma once
