// replication/snapshot_assembly.hpp: a snapshot on its way here, chunk by chunk, from one sender. It is kept in memory
// until it is whole: a restart begins it anew.
// Errors:  what a member sends may be anything: bytes that are no state, or the state behind another entry.
// Threads: none, no lock.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/messages.hpp"
#include "replication/snapshot.hpp"
#include "state/state_machine.hpp"

namespace bellwether::replication {

class SnapshotAssembly {
 public:
  struct Whole {
    SnapshotPtr base;
    state::State state;  // decoded
  };

  explicit SnapshotAssembly(const SnapshotName& name) : name_(name) {}

  const SnapshotName& name() const { return name_; }
  std::uint64_t held() const { return bytes_.size(); }
  SnapshotPosition position() const { return {.index = name_.index, .position = held()}; }
  bool is_whole() const { return held() == name_.total; }

  void add(std::uint64_t position, const Bytes& bytes);  // passes over what does not continue it
  Result<Whole> take(state::ProducerLimits limits);      // is_whole()

 private:
  SnapshotName name_;
  std::string bytes_;
};

}  // namespace bellwether::replication
