// state/members.hpp: the members of the cluster as a function of the log, and what counts as a majority of
// them.
// Source:  consensus.md section 8 (single-server changes after Ongaro, 2014, with the 2015 correction).
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocol/entry.hpp"
#include "protocol/ids.hpp"

namespace bellwether {
class FieldReader;
class FieldWriter;
}  // namespace bellwether

namespace bellwether::state {

struct Member {
  bool votes = false;
  bool stays_learner = false;
  std::string token;  // its own random name at the join
  std::string address;
  std::uint32_t priority = 0;

  friend bool operator==(const Member&, const Member&) = default;
};

class Members {
 public:
  void apply(Index index, const EntryContent& content);  // ignores kinds that change no member

  const std::map<NodeId, Member>& all() const { return all_; }
  const std::vector<NodeId>& voters() const { return voters_; }  // ascending
  bool has(NodeId id) const { return all_.contains(id); }
  bool is_voter(NodeId id) const;
  const Member* find(NodeId id) const;  // null: no member
  std::optional<NodeId> with_token(const std::string& token) const;
  std::optional<NodeId> with_address(const std::string& address) const;
  std::size_t majority() const { return voters_.size() / 2 + 1; }
  NodeId next_id() const { return next_id_; }
  Index changed_at() const { return changed_at_; }  // index of the last entry that changed something; 0: none
  bool knows_removed(NodeId id) const { return number(id) != 0 && id < next_id_ && !has(id); }  // X1

  friend bool operator==(const Members&, const Members&) = default;

  // state_encoding.hpp; decode() into an empty one, false: not as it is written.
  void encode(FieldWriter& out) const;
  bool decode(FieldReader& in);

 private:
  std::map<NodeId, Member> all_;
  std::vector<NodeId> voters_;
  NodeId next_id_{1};
  Index changed_at_ = 0;
};

}  // namespace bellwether::state
