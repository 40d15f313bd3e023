#include "checks/history.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>
#include <variant>

#include "base/little_endian.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {

namespace {

constexpr std::size_t tag_at = 4;  // behind the length of the first message

Tag tag_of(const std::byte* messages) {
  Tag tag = 0;
  std::memcpy(&tag, messages + tag_at, sizeof tag);
  return tag;
}

}  // namespace

Bytes messages_with(Tag tag, std::uint32_t count) {
  std::string text;
  const std::uint32_t length = sizeof tag;
  for (std::uint32_t i = 0; i < count; ++i) {
    text.append(reinterpret_cast<const char*>(&length), sizeof length);
    text.append(reinterpret_cast<const char*>(&tag), sizeof tag);
  }
  return Bytes::copy_of(text);
}

std::vector<Tag> tags_of(const Entry& entry) {
  std::vector<Tag> tags;
  const auto* batch = std::get_if<Batch>(&entry.content);
  if (batch == nullptr) return tags;
  const Bytes messages = messages_of(entry);
  std::size_t at = 0;
  for (const Group& group : batch->groups) {
    tags.push_back(tag_of(messages.data() + at));
    at += group.bytes;
  }
  return tags;
}

std::set<NodeId> KnownMembers::voters() const {
  std::set<NodeId> ids;
  for (const auto& [id, member] : all) {
    if (member.votes) ids.insert(id);
  }
  return ids;
}

// A table that is small enough to be full in a run is also small enough to be kept after each entry.
History::History(state::ProducerLimits limits)
    : bounds_are_in_reach_(limits.groups_max < 100), producers_(limits) {
  after_.push_back(
      {.table = {}, .members = std::make_shared<KnownMembers>(), .name = std::make_shared<ClusterName>()});
}

Sequence History::last_sequence(ProducerId id) const {
  const auto found = sequences_.find(id);
  return found == sequences_.end() ? 0 : found->second;
}

const PlacedAppend* History::find(Tag tag) const {
  const auto found = placed_.find(tag);
  return found == placed_.end() ? nullptr : &found->second;
}

void History::deny(Tag tag) {
  if (placed_.contains(tag))
    throw Violation("L12: an append was stored although its client was told that it was not");
  denied_.insert(tag);
}

void History::place_groups(Index index, const Entry& entry, After& after) {
  const auto* batch = std::get_if<Batch>(&entry.content);
  if (batch == nullptr) return;
  const Bytes messages = messages_of(entry);
  std::size_t at = 0;
  for (const Group& group : batch->groups) {
    const Tag tag = tag_of(messages.data() + at);
    at += group.bytes;
    if (group.producer != no_producer && ++sequences_[group.producer] != group.sequence) {
      throw Violation("I7: producer " + std::to_string(number(group.producer)) + " has sequence " +
                      std::to_string(group.sequence) + " at index " + std::to_string(index) + " instead of " +
                      std::to_string(sequences_[group.producer]));
    }
    if (group.producer != no_producer) place_of_producer(index, after.next_offset, group);
    if (denied_.contains(tag)) throw Violation("L12: stored after its client was told that it is not");
    const PlacedAppend place{.index = index, .offset = after.next_offset, .count = group.count};
    if (!placed_.emplace(tag, place).second) {
      throw Violation("I6: an append is stored twice, at index " + std::to_string(placed_[tag].index) +
                      " and " + std::to_string(index));
    }
    after.next_offset += group.count;
  }
}

void History::place_of_producer(Index index, Offset offset, const Group& group) {
  if (!producers_.knows(group.producer)) {
    throw Violation("P3: index " + std::to_string(index) + " has a group of a producer that was dropped");
  }
  if (!bounds_are_in_reach_) return;
  producers_.place(group.producer,
                   {.sequence = group.sequence, .index = index, .offset = offset, .count = group.count});
}

void History::change_members(const EntryContent& content, KnownMembers& members) {
  const auto add = [&](NodeId id, const KnownMember& member) {
    if (id < members.next_id || removed_.contains(id))
      throw Violation("I9: node id " + text(id) + " is reused");
    for (const auto& [other, known] : members.all) {
      if (known.token == member.token) throw Violation("I9: token " + member.token + " joined twice");
    }
    members.all[id] = member;
    members.next_id = NodeId{number(id) + 1};
  };
  if (std::holds_alternative<InitCluster>(content)) {
    const auto& init = std::get<InitCluster>(content);
    add(NodeId{1}, {.votes = true, .token = init.token, .address = init.address, .priority = init.priority});
  } else if (const auto* added = std::get_if<AddMember>(&content)) {
    add(added->id, {.votes = false,
                    .stays_learner = added->stays_learner,
                    .token = added->token,
                    .address = added->address,
                    .priority = added->priority});
  } else if (const auto* promoted = std::get_if<PromoteMember>(&content)) {
    if (members.all.contains(promoted->id)) {
      if (members.all[promoted->id].stays_learner)
        throw Violation("G5: a learner that is to stay one gets a vote");
      members.all[promoted->id].votes = true;
    }
  } else if (const auto* update = std::get_if<UpdateMember>(&content)) {
    if (members.all.contains(update->id)) {
      members.all[update->id].address = update->address;
      members.all[update->id].priority = update->priority;
    }
  } else if (const auto* gone = std::get_if<RemoveMember>(&content)) {
    members.all.erase(gone->id);
    removed_.insert(gone->id);
  } else if (const auto* reset = std::get_if<ResetCluster>(&content)) {
    leave_alone(*reset, members);
  } else {
    return;
  }
  members_changed_at_ = last();
}

// F1: it is a member as it was, and now has a vote; one whose removal was begun is back. Ids go on where they were.
void History::leave_alone(const ResetCluster& reset, KnownMembers& members) {
  const KnownMember alone{true, false, reset.token, reset.address, reset.priority};
  const auto found = members.all.find(reset.id);
  const bool is_other = found != members.all.end() &&
                        (found->second.token != alone.token || found->second.address != alone.address);
  if (is_other || reset.id >= members.next_id)
    throw Violation("F1: another record of node " + text(reset.id));
  for (const auto& [id, member] : members.all) removed_.insert(id);
  removed_.erase(reset.id);
  members.all = {{reset.id, alone}};
}

ClusterName History::name_after(const ClusterName& before, const EntryContent& content) {
  ClusterName name = before;
  if (const auto* init = std::get_if<InitCluster>(&content)) name.cluster = init->cluster;
  const auto* reset = std::get_if<ResetCluster>(&content);
  if (reset == nullptr) return name;
  if (reset->former != before.cluster) throw Violation("F1: it was another cluster");
  if (reset->cluster == before.cluster ||
      std::ranges::find(before.former, reset->cluster) != before.former.end())
    throw Violation("F1: a cluster's id is used again");
  name.former.push_back(before.cluster);
  name.cluster = reset->cluster;
  name.epoch = reset->epoch;
  return name;
}

void History::check_voters(const KnownMembers& before, const KnownMembers& now, bool is_reset) {
  const auto old_voters = before.voters(), voters = now.voters();
  std::vector<NodeId> difference;
  std::ranges::set_symmetric_difference(old_voters, voters, std::back_inserter(difference));
  if (difference.size() > 1 && !is_reset)
    throw Violation("I9: a step of the configuration changes several voters");
  if (voters.empty()) throw Violation("I9: no voters left");
}

void History::decide(const EntryPtr& entry, Ballot leader) {
  entries_.push_back(entry);
  decided_in_.push_back(leader);
  After after = after_.back();
  place_groups(last(), *entry, after);
  if (std::holds_alternative<InitCluster>(entry->content) ||
      std::holds_alternative<ResetCluster>(entry->content))
    after.name = std::make_shared<const ClusterName>(name_after(*after.name, entry->content));
  if (std::holds_alternative<RegisterProducer>(entry->content)) {
    producers_.add(state::producer_id(after.name->epoch, last()), last());
  }
  after.producers = producers_.size();
  after.table = bounds_are_in_reach_ ? std::make_shared<const ProducerTable>(producers_) : nullptr;
  auto members = *after.members;
  change_members(entry->content, members);
  if (members_changed_at_ == last()) {
    check_voters(*after.members, members, std::holds_alternative<ResetCluster>(entry->content));
    after.members = std::make_shared<KnownMembers>(std::move(members));
  }
  after_.push_back(std::move(after));
}

void History::check_state(NodeId node, const state::State& state) const {
  const After& expected = after_[state.applied()];
  const auto fail = [&](const std::string& what) {
    throw Violation("node " + text(node) + "'s state at " + std::to_string(state.applied()) + ": " + what);
  };
  if (state.next_offset() != expected.next_offset) fail("another next offset");
  if (state.producers().size() != expected.producers) fail("another number of producers");
  if (expected.table && !expected.table->equals(state.producers())) fail("P2: another table of producers");
  if (state.cluster() != expected.name->cluster || state.epoch() != expected.name->epoch ||
      state.former() != expected.name->former)
    fail("F1: another cluster");
  if (state.members().next_id() != expected.members->next_id) fail("another next id");
  const auto& all = state.members().all();
  if (all.size() != expected.members->all.size()) fail("other members");
  for (const auto& [id, member] : all) {
    const auto known = expected.members->all.find(id);
    if (known == expected.members->all.end()) fail("a member that was not added: " + text(id));
    if (known->second !=
        KnownMember{member.votes, member.stays_learner, member.token, member.address, member.priority})
      fail("another record of member " + text(id));
  }
}

}  // namespace bellwether::simulation
