#include "node/notices.hpp"

#include <utility>
#include <variant>

#include "node/log.hpp"
#include "node/refusals.hpp"

namespace bellwether::node {
namespace {

constexpr int patience_rounds = 5;

std::string all_members(const replication::Replica& replica) {
  std::vector<LeaderInfo> members;
  for (const auto& [id, member] : replica.tail_state().members().all())
    members.push_back({id, member.address});
  return names_of(members);
}

}  // namespace

Notices::Notices(NodeId self, std::chrono::milliseconds heartbeat, bool stays_learner)
    : self_(self), patience_(heartbeat * patience_rounds), stays_learner_(stays_learner) {}

std::string Notices::name(NodeId id, const replication::Replica& replica) const {
  if (id == self_) return "this node";
  return names_of({member_info(replica, id)});
}

void Notices::on_decided(const replication::DecidedEntry& decided, const replication::Replica& replica) {
  if (!introduced_) return;  // history, that was news once
  const auto& content = decided.entry->content;
  if (const auto* added = std::get_if<AddMember>(&content)) {
    log::info("node " + std::to_string(number(added->id)) + " at " + added->address + " joins");
  } else if (const auto* promoted = std::get_if<PromoteMember>(&content)) {
    log::info(name(promoted->id, replica) + " has caught up and votes now");
    if (replica.decided_state().members().voters().size() == 2) {
      log::info("two members survive no failure: if either stops, no message is accepted; three survive one");
    }
  } else if (const auto* removed = std::get_if<RemoveMember>(&content)) {
    log::info("node " + std::to_string(number(removed->id)) + " is no member any more");
  } else if (const auto* updated = std::get_if<UpdateMember>(&content)) {
    log::info("node " + std::to_string(number(updated->id)) + " is at " + updated->address +
              " now, priority " + std::to_string(updated->priority));
  }
}

void Notices::on_step(const replication::Replica& replica) {
  if (replica.is_removed()) return;
  if (!introduced_) introduce(replica);
  watch_leader(replica);
  watch_majority(replica);
  watch_room(replica);
}

void Notices::introduce(const replication::Replica& replica) {
  const auto leader = replica.leader();
  if (!leader || !replica.tail_state().members().has(self_)) return;
  introduced_ = true;
  log::info("this is node " + std::to_string(number(self_)) + " of cluster " +
            replica.tail_state().cluster() + "; members: " + all_members(replica) +
            "; master: " + names_of({member_info(replica, *leader)}));
  compare_learner(*replica.tail_state().members().find(self_));
}

void Notices::compare_learner(const state::Member& own) const {
  const std::string how = "; to change that, remove it (bellwetherctl remove " +
                          std::to_string(number(self_)) + ") and let it join again";
  if (stays_learner_ && !own.stays_learner) {
    log::warn("--learner does nothing here: this node has joined without it and votes" + how);
  } else if (own.stays_learner && !stays_learner_) {
    log::info("this node has joined with --learner and stays without a vote" + how);
  }
}

void Notices::watch_leader(const replication::Replica& replica) {
  const auto leader = replica.leader();
  if (leader == leader_) return;
  leader_ = leader;
  if (leader == self_) {
    log::info("this node leads now");
  } else if (leader) {
    log::info(name(*leader, replica) + " leads");
  } else {
    log::info("nobody leads at the moment");
  }
}

void Notices::watch_majority(const replication::Replica& replica) {
  const auto& members = replica.tail_state().members();
  if (!members.is_voter(self_)) return;
  const auto now = Clock::now();
  if (replica.answering_voters().size() >= members.majority()) {
    majority_missing_since_.reset();
    if (majority_lost_)
      log::info("a majority of the voters answers again: messages are accepted as soon as one leads");
    majority_lost_ = false;
  } else if (!majority_missing_since_) {
    majority_missing_since_ = now;
  } else if (!majority_lost_ && now - *majority_missing_since_ >= patience_) {
    majority_lost_ = true;
    say_majority_lost(replica);
  }
}

void Notices::watch_room(const replication::Replica& replica) {
  using replication::Room;
  const Room before = std::exchange(room_, replica.room());
  if (before == Room::enough && room_ != Room::enough) {
    log::error(
        "the disk is full: this node begins no more messages (disk-full), and hands over if it leads and "
        "another "
        "voter has room. It still votes, and what is stored stays readable. Make room on the disk; it goes "
        "on by "
        "itself then");
  } else if (before != Room::enough && room_ == Room::enough) {
    log::info("there is room on the disk again: messages are taken again");
  }
  const bool refuses = replica.lacks_room_for_messages() && room_ == Room::enough;
  if (refuses && !refuses_for_others_) {
    log::error("messages are refused (disk-full): a majority of the voters has no room on its disks: " +
               names_of(voters_without_room(replica, self_)) +
               ". Make room there; it goes on by itself then");
  } else if (!refuses && refuses_for_others_ && replica.is_established()) {
    log::info("a majority of the voters has room again: messages are taken again");
  }
  refuses_for_others_ = refuses;
}

void Notices::say_majority_lost(const replication::Replica& replica) {
  const auto needed = replica.tail_state().members().majority();
  log::warn("the majority is lost: no answer from " + names_of(missing_voters(replica)) + "; votes needed " +
            std::to_string(needed) + ", answering " + std::to_string(replica.answering_voters().size()) +
            ". Messages are refused until then, so that none is lost. " + way_out(replica));
}

}  // namespace bellwether::node
