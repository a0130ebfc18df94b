// Stands in for thumbnails.cc in builds without OpenCV.
#include "eval/report/thumbnails.h"

namespace kallos::report {

bool HasDecoder() {
  return false;
}

std::vector<Result<std::string>> Thumbnails(const std::vector<PhotoFile>& files) {
  return {files.size(), Failure{"this build has no OpenCV"}};
}

}  // namespace kallos::report
