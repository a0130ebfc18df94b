#include "lib/run/run.h"
#include "select/run.h"

int main(int argc, char** argv) {
  using namespace kallos;
  return RunApp(argc, argv, "kallos-ga", "Feature selection by a genetic algorithm.",
                {MakeCommand<select::RunConfig>("run", "Searches the columns on which a freshly trained head is best.",
                                                select::RunSearch)});
}
