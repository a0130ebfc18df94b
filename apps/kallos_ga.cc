#include "lib/run/run.h"
#include "select/compare.h"
#include "select/run.h"
#include "select/show.h"

int main(int argc, char** argv) {
  using namespace kallos;
  return RunApp(
      argc, argv, "kallos-ga", "Feature selection by a genetic algorithm.",
      {MakeCommand<select::RunConfig>("run", "Searches the columns on which a freshly trained head is best.",
                                      select::RunSearch),
       MakeCommand<select::ShowConfig>("show", "How far runs have come, and what they select.", select::RunShow),
       MakeCommand<select::CompareConfig>("compare", "Sets the search beside other ways to choose as many columns.",
                                          select::RunCompare)});
}
