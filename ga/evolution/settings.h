// The settings of a search. Published: the defaults, but for the number of generations, the window
// and the share of kept genes, which were not stated.
#pragma once

#include <cstdint>

#include "ga/evolution/operators.h"
#include "lib/config/config.h"

namespace kallos::ga {

struct Settings {
  int64_t select = 5000;
  int64_t population = 100;
  int64_t elite = 2;
  int64_t parents = 50;
  Selection selection = Selection::kTruncation;
  int64_t tournament = 3;
  Crossover crossover = Crossover::kFrequency;
  int64_t window = 3;
  double keep = 0.8;
  bool adaptive = false;
  int64_t islands = 1;
  int64_t migrants = 2;
  int64_t migrate_every = 5;
  int64_t first_looks = 0;
  int64_t look_factor = 3;
  int64_t look_check = 10;
  int64_t generations = 20;
  int64_t stagnation = 0;
  int64_t evaluations = 0;
  double hours = 0;
};

// Rules over several fields.
void ValidateSettings(const Settings& settings, Violations& violations);

// The settings that decide which individuals a search makes, as text, without those that end it.
// Part of a run's key.
std::string CourseOf(const Settings& settings);

template <class V>
void DescribeSettings(V& v, Settings& s) {
  v("select", s.select, AtLeast(1), "Columns of each individual (L).");
  v("population", s.population, AtLeast(2), "Individuals of an island.");
  v("elite", s.elite, AtLeast(0), "The best so many survive unchanged.");
  v("parents", s.parents, AtLeast(1),
    "So many become parents, and, the elite excepted, are mutated; children replace the rest.");
  v("selection", s.selection,
    "Who becomes a parent: the best, winners of tournaments, or by chance that falls with the "
    "rank.");
  v("tournament", s.tournament, AtLeast(1),
    "selection tournament: how many are compared for a place.");
  v("crossover", s.crossover,
    "frequency: columns that more parents have first; uniform: common ones, then drawn ones.");
  v("window", s.window, AtLeast(1),
    "Parents of a child: a window that slides over the parents and wraps around.");
  v("keep", s.keep, InRange(0, 1), "Share of an individual's columns that mutation keeps.");
  v("adaptive", s.adaptive,
    "Mutate more the longer an island has not improved: the replaced share grows by a quarter each "
    "generation, up to a half.");
  v("islands", s.islands, InRange(1, 1000), "Populations of their own, in a ring.");
  v("migrants", s.migrants, AtLeast(0),
    "islands: the best so many replace the worst of the next island.");
  v("migrate-every", s.migrate_every, AtLeast(1), "islands: generations between two migrations.");
  v("first-looks", s.first_looks, InRange(0, 5),
    "Rungs of successive halving before the whole training, each cheaper than the next; only the "
    "best individuals of a rung are promoted. 0 = none.");
  v("look-factor", s.look_factor, InRange(2, 10),
    "first-looks: a rung has 1 / factor of the budget of the next, and 1 / factor of an island's "
    "individuals are promoted.");
  v("look-check", s.look_check, AtLeast(0),
    "first-looks: generations between two in which all individuals are trained on every rung and "
    "in full, so that log, show and history.csv say what the rungs cost; 0 = never.");
  v("generations", s.generations, AtLeast(0),
    "End after so many generations beyond the random start. Raise it to go on.");
  v("stagnation", s.stagnation, AtLeast(0),
    "End after so many generations without a better individual; 0 = never.");
  v("evaluations", s.evaluations, AtLeast(0),
    "End after the generation in which so many individuals have been trained; first looks count by "
    "their share; 0 = never.");
  v("hours", s.hours, AtLeast(0),
    "End after the generation in which so much time has passed, resumed runs added up; 0 = never.");
}

}  // namespace kallos::ga
