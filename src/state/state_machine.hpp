// state/state_machine.hpp: the replicated state, a function of the log's prefix only: members, producers, the
// next message's offset. Applied in order, entry by entry; equal on all members that applied the same prefix.
// Threads: none, no lock. Copying costs as much as its producers table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/entry.hpp"
#include "protocol/ids.hpp"
#include "state/members.hpp"
#include "state/producers.hpp"

namespace bellwether::state {

constexpr std::uint64_t producers_per_epoch = std::uint64_t{1} << 40;
constexpr std::uint64_t epoch_max = (std::uint64_t{1} << 13) - 1;  // so that every producer id is below 2^53
constexpr std::size_t former_clusters_max =
    16;  // a member that comes back after more recoveries is a stranger

// The id of the producer that the reg entry at `index` makes (P1): never given twice, not even after a
// recovery.
ProducerId producer_id(std::uint64_t epoch, Index index);

class State {
 public:
  State() = default;
  explicit State(ProducerLimits limits) : producers_(limits) {}

  void apply(Index index, const Entry& entry);  // index == applied() + 1

  // For the batch that is being put together: its groups count before their entry, applied() + 1, exists.
  Offset place_group(const Group& group);  // the offset of its first message
  void close_batch() { ++applied_; }       // the entry exists now

  Index applied() const { return applied_; }
  Offset next_offset() const { return next_offset_; }
  const Members& members() const { return members_; }
  const Producers& producers() const { return producers_; }
  const std::string& cluster() const { return cluster_; }
  std::uint64_t epoch() const { return epoch_; }  // how often the cluster was recovered
  // What the cluster was called before each recovery, the newest last; at most former_clusters_max of them.
  const std::vector<std::string>& former() const { return former_; }

  // state_encoding.hpp; decode() into an empty one, false: not as it is written.
  void encode(FieldWriter& out) const;
  bool decode(FieldReader& in);

 private:
  void reset(const ResetCluster& reset);
  bool decode_former(FieldReader& in);

  Index applied_ = 0;
  Offset next_offset_ = 0;
  std::uint64_t epoch_ = 0;
  std::string cluster_;
  std::vector<std::string> former_;
  Members members_;
  Producers producers_;
};

}  // namespace bellwether::state
