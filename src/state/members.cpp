#include "state/members.hpp"

#include <algorithm>
#include <variant>

namespace bellwether::state {
namespace {

// Each kind but the reset changes at most one member; what does not fit (a promotion of nobody) changes nothing.
struct Change {
  std::map<NodeId, Member>& all;
  NodeId& next_id;

  bool operator()(const InitCluster& init) {
    all[NodeId{1}] = Member{.votes = true,
                            .stays_learner = false,
                            .token = init.token,
                            .address = init.address,
                            .priority = init.priority};
    next_id = NodeId{2};
    return true;
  }
  bool operator()(const AddMember& add) {
    all[add.id] = Member{.votes = false,
                         .stays_learner = add.stays_learner,
                         .token = add.token,
                         .address = add.address,
                         .priority = add.priority};
    next_id = std::max(next_id, NodeId{number(add.id) + 1});
    return true;
  }
  bool operator()(const PromoteMember& promote) {
    const auto found = all.find(promote.id);
    if (found != all.end()) found->second.votes = true;
    return true;
  }
  bool operator()(const RemoveMember& remove) {
    all.erase(remove.id);
    return true;
  }
  bool operator()(const UpdateMember& update) {
    const auto found = all.find(update.id);
    if (found == all.end()) return true;
    found->second.address = update.address;
    found->second.priority = update.priority;
    return true;
  }
  bool operator()(const ResetCluster& reset) {
    all.clear();  // next_id stays where it was: no id of theirs is given out again
    all[reset.id] = Member{.votes = true,
                           .stays_learner = false,
                           .token = reset.token,
                           .address = reset.address,
                           .priority = reset.priority};
    next_id = std::max(next_id, NodeId{number(reset.id) + 1});
    return true;
  }
  bool operator()(const Noop&) { return false; }
  bool operator()(const Batch&) { return false; }
  bool operator()(const RegisterProducer&) { return false; }
};

}  // namespace

void Members::apply(Index index, const EntryContent& content) {
  if (!std::visit(Change{all_, next_id_}, content)) return;
  changed_at_ = index;
  voters_.clear();
  for (const auto& [id, member] : all_) {
    if (member.votes) voters_.push_back(id);
  }
}

bool Members::is_voter(NodeId id) const { return std::ranges::binary_search(voters_, id); }

const Member* Members::find(NodeId id) const {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : &found->second;
}

std::optional<NodeId> Members::with_token(const std::string& token) const {
  for (const auto& [id, member] : all_) {
    if (member.token == token) return id;
  }
  return std::nullopt;
}

std::optional<NodeId> Members::with_address(const std::string& address) const {
  for (const auto& [id, member] : all_) {
    if (member.address == address) return id;
  }
  return std::nullopt;
}

}  // namespace bellwether::state
