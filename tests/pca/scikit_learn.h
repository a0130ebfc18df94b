// Running scikit-learn beside us.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "lib/core/file.h"
#include "lib/core/matrix.h"

namespace kallos::pca {

// A python3 that has scikit-learn and h5py, or "".
inline std::string PythonWithScikitLearn() {
  for (const std::string python : {"python3", "/usr/bin/python3"}) {
    const std::string command =
        python +
        " -c 'import importlib.util as u, sys; sys.exit(not (u.find_spec(\"sklearn\") and "
        "u.find_spec(\"h5py\")))' >/dev/null 2>&1";
    if (std::system(command.c_str()) == 0)
      return python;  // NOLINT(concurrency-mt-unsafe): tests run one at a time
  }
  return "";
}

inline void WriteRaw(const std::filesystem::path& path, const Matrix<float>& values) {
  PublishBytes(path, std::string(reinterpret_cast<const char*>(values.data()),
                                 values.rows() * values.columns() * sizeof(float)));
}

inline Matrix<double> ReadRaw(const std::filesystem::path& path, size_t rows, size_t columns) {
  const std::string bytes = ReadFile(path);
  Matrix<double> values(rows, columns);
  if (bytes.size() == rows * columns * sizeof(double))
    std::copy_n(bytes.data(), bytes.size(), reinterpret_cast<char*>(values.data()));
  return values;
}

// Runs `program` in `folder`; false when it fails.
inline bool RunPython(const std::string& python, const std::filesystem::path& folder,
                      const std::string& program) {
  PublishBytes(folder / "program.py", program);
  const std::string command = "cd '" + folder.string() + "' && " + python + " program.py";
  return std::system(command.c_str()) == 0;  // NOLINT(concurrency-mt-unsafe)
}

}  // namespace kallos::pca
