#include "pca/fit.h"
#include "pca/inspect.h"
#include "pca/transform.h"

int main(int argc, char** argv) {
  using namespace kallos;
  return RunApp(
      argc, argv, "kallos-pca", "Linear reduction of feature stores: PCA and ICA.",
      {MakeCommand<pca::FitConfig>("fit", "Fits a model to a feature store.", pca::RunFit),
       MakeCommand<pca::TransformConfig>("transform", "Applies a model to a feature store.",
                                         pca::RunTransform),
       MakeCommand<pca::InspectConfig>("inspect", "Describes a model.", pca::RunInspect)});
}
