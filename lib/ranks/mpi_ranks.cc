#include <mpi.h>

#include <cstdio>
#include <exception>
#include <mutex>

#include "lib/core/error.h"
#include "lib/ranks/launched.h"
#include "lib/ranks/ranks.h"

namespace kallos {
namespace {

constexpr int kResultTag = 1;

struct Result {
  int64_t index;
  double value;
};

// Calls come from all threads of a process, one at a time.
std::mutex& OneCall() {
  static std::mutex mutex;
  return mutex;
}

int LocalRank() {
  MPI_Comm local;
  int rank = 0;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &local);
  MPI_Comm_rank(local, &rank);
  MPI_Comm_free(&local);
  return rank;
}

}  // namespace

Ranks::Ranks() {
  if (LaunchedRanks() < 2) return;
  int provided = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);
  if (provided < MPI_THREAD_SERIALIZED)
    throw EnvironmentError(
        "this MPI library takes no calls from several threads (MPI_THREAD_SERIALIZED); use "
        "another");
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
  MPI_Comm_size(MPI_COMM_WORLD, &size_);
  local_rank_ = LocalRank();
}

Ranks::~Ranks() {
  if (size_ > 1) MPI_Finalize();
}

void Ranks::Run(const std::function<void()>& body) const {
  if (size_ == 1) return body();
  const auto end_all = [&](const char* message, int code) {
    std::fprintf(stderr, "rank %d: %s\n", rank_, message);
    std::fflush(nullptr);
    MPI_Abort(MPI_COMM_WORLD, code);
  };
  try {
    body();
  } catch (const Error& error) {
    end_all(error.what(), static_cast<int>(error.kind()));
  } catch (const std::exception& error) {
    end_all(error.what(), 1);
  }
}

void Ranks::Broadcast(std::vector<int32_t>& numbers) const {
  if (size_ == 1) return;
  const std::scoped_lock lock(OneCall());
  int64_t count = numbers.size();
  MPI_Bcast(&count, 1, MPI_INT64_T, 0, MPI_COMM_WORLD);
  numbers.resize(count);
  MPI_Bcast(numbers.data(), count, MPI_INT32_T, 0, MPI_COMM_WORLD);
}

void Ranks::SendResult(int64_t index, double value) const {
  const std::scoped_lock lock(OneCall());
  const Result result{index, value};
  MPI_Send(&result, sizeof(result), MPI_BYTE, 0, kResultTag, MPI_COMM_WORLD);
}

int64_t Ranks::TakeResults(const std::function<void(int64_t, double)>& take) const {
  int64_t taken = 0;
  while (size_ > 1) {
    Result result{};
    {
      const std::scoped_lock lock(OneCall());
      int waiting = 0;
      MPI_Status status;
      MPI_Iprobe(MPI_ANY_SOURCE, kResultTag, MPI_COMM_WORLD, &waiting, &status);
      if (waiting == 0) break;
      MPI_Recv(&result, sizeof(result), MPI_BYTE, status.MPI_SOURCE, kResultTag, MPI_COMM_WORLD,
               MPI_STATUS_IGNORE);
    }
    take(result.index, result.value);
    ++taken;
  }
  return taken;
}

}  // namespace kallos
