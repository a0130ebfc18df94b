#include "ga/compare.h"
#include "ga/run.h"
#include "ga/show.h"
#include "lib/run/run.h"

int main(int argc, char** argv) {
  using namespace kallos;
  return RunApp(
      argc, argv, "kallos-ga", "Feature selection by a genetic algorithm.",
      {MakeCommand<ga::RunConfig>(
           "run", "Searches the columns on which a freshly trained head is best.", ga::RunSearch),
       MakeCommand<ga::ShowConfig>("show", "How far runs have come, and what they select.",
                                   ga::RunShow),
       MakeCommand<ga::CompareConfig>(
           "compare", "Sets the search beside other ways to choose as many columns.",
           ga::RunCompare)});
}
