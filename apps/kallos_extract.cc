#include "extract/run_extract.h"

int main(int argc, char** argv) {
  using namespace kallos;
  return RunApp(argc, argv, "kallos-extract",
                "Photographs to features: one feature store for each backbone.",
                {MakeCommand<extract::ExtractConfig>("", "", extract::RunExtract)});
}
