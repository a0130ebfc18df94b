// The processes of one run that mpirun started on one or several machines. Without mpirun, or in a
// build without MPI, there is one. No MPI type in this header.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace kallos {

class Ranks {
 public:
  // Joins the others when mpirun (or srun --mpi) started this process together with others; MPI is
  // otherwise left alone. Throws EnvironmentError when it was so started but this build has no MPI.
  // One object in a process.
  Ranks();
  ~Ranks();  // leaves the others
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  // Among those on this machine: which of its devices to take.
  int local_rank() const { return local_rank_; }
  bool is_first() const { return rank_ == 0; }

  // body(), on every rank. Where there are several, an error of one is printed with its rank and
  // ends them all with its exit code, since the others would wait for ever.
  void Run(const std::function<void()>& body) const;

  // Rank 0's numbers reach all; the others' are replaced.
  void Broadcast(std::vector<int32_t>& numbers) const;

  // From another rank to rank 0; from any thread, one at a time.
  void SendResult(int64_t index, double value) const;
  // On rank 0: hands over what has arrived. Returns how many that were.
  int64_t TakeResults(const std::function<void(int64_t index, double value)>& take) const;

 private:
  int rank_ = 0;
  int size_ = 1;
  int local_rank_ = 0;
};

}  // namespace kallos
