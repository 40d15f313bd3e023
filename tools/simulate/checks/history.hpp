// simulate/checks/history.hpp: what was decided, by whom and where, as only an omniscient observer can know it:
// the log against which every node, every answer and every read is judged. It keeps its own account of
// members and offsets, so that a mistake of the state machine shows too.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "checks/producer_table.hpp"
#include "protocol/entry.hpp"
#include "state/state_machine.hpp"

namespace bellwether::simulation {

using Tag =
    std::uint64_t;  // names the contents of one append, the same at each repetition; in its first message

Bytes messages_with(Tag tag, std::uint32_t count);  // as a client sends them
std::vector<Tag> tags_of(const Entry& entry);       // of its groups

struct KnownMember {
  bool votes = false;
  bool stays_learner = false;
  std::string token;
  std::string address;
  std::uint32_t priority = 0;
  friend bool operator==(const KnownMember&, const KnownMember&) = default;
};
struct KnownMembers {
  std::map<NodeId, KnownMember> all;
  NodeId next_id{1};
  std::set<NodeId> voters() const;
};

struct ClusterName {
  std::string cluster;
  std::uint64_t epoch = 0;
  std::vector<std::string> former;
};

struct PlacedAppend {
  Index index = 0;
  Offset offset = 0;
  std::uint32_t count = 0;
};

class History {
 public:
  explicit History(state::ProducerLimits limits);

  Index last() const { return entries_.size(); }
  const Entry& entry(Index index) const { return *entries_[index - 1]; }
  const EntryPtr& shared_entry(Index index) const { return entries_[index - 1]; }
  Offset offset_before(Index index) const { return after_[index - 1].next_offset; }
  Ballot decided_in(Index index) const {
    return decided_in_[index - 1];
  }  // ballot of the leader that decided it

  const KnownMembers& members() const { return *after_.back().members; }
  Index members_changed_at() const { return members_changed_at_; }
  const std::set<NodeId>& removed() const { return removed_; }
  const PlacedAppend* find(Tag tag) const;
  Sequence last_sequence(ProducerId id) const;  // decided; 0: none
  bool knows_producer(ProducerId id) const { return producers_.knows(id); }
  std::uint64_t epoch_at(Index index) const { return after_[index].name->epoch; }  // after that entry

  // The next entry is decided. Checks I7 and I9.
  void decide(const EntryPtr& entry, Ballot leader);
  // Checks that a node's state after its decided entries is what these entries make.
  void check_state(NodeId node, const state::State& state) const;
  void deny(Tag tag);  // the client was told that this is not stored: it must stay so

 private:
  struct After {  // the state after an entry
    Offset next_offset = 0;
    std::size_t producers = 0;
    std::shared_ptr<const ProducerTable> table;  // null if its bounds are out of reach
    std::shared_ptr<const KnownMembers> members;
    std::shared_ptr<const ClusterName> name;
  };

  void place_groups(Index index, const Entry& entry, After& after);
  void place_of_producer(Index index, Offset offset, const Group& group);
  void change_members(const EntryContent& content, KnownMembers& members);
  void leave_alone(const ResetCluster& reset, KnownMembers& members);
  static void check_voters(const KnownMembers& before, const KnownMembers& now, bool is_reset);
  static ClusterName name_after(const ClusterName& before, const EntryContent& content);

  bool bounds_are_in_reach_;
  ProducerTable producers_;
  std::vector<EntryPtr> entries_;
  std::vector<Ballot> decided_in_;
  std::vector<After> after_;  // after_[i]: after entry i
  std::map<ProducerId, Sequence> sequences_;
  std::map<Tag, PlacedAppend> placed_;
  std::set<Tag> denied_;
  std::set<NodeId> removed_;
  Index members_changed_at_ = 0;
};

}  // namespace bellwether::simulation
