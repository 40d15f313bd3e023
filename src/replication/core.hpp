// replication/core.hpp: what all roles of one replica work on: its log, its election, its promise, its
// clients, and the output of the running step. The roles (follower, candidate, leader) each hold a
// reference to it.
// Threads: none, no lock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "election/bully.hpp"
#include "replication/journal.hpp"
#include "replication/log.hpp"
#include "replication/options.hpp"
#include "replication/output.hpp"
#include "replication/room.hpp"
#include "replication/snapshot_assembly.hpp"
#include "replication/waiters.hpp"

namespace bellwether::replication {

constexpr std::uint64_t stalled_after_rounds = 8;  // STALL
constexpr std::uint64_t prepare_rounds_max = 5;    // PREP_LIMIT
constexpr std::uint64_t hand_over_rounds_max = 4;  // HAND_LIMIT

struct Core {
  Core(Options chosen, const StableState& stable, Ticks start);

  Options options;
  Ticks now;
  std::uint64_t wall_ms = 0;
  Journal journal;
  Log log;
  election::Bully bully;
  Ballot promised;
  Role role = Role::follower;
  Room room = Room::enough;
  Waiters waiters;
  // Of each other member, since it last answered in a whole round.
  std::map<NodeId, std::uint64_t> silent_rounds;
  std::set<NodeId> without_room;  // other members, as they said last
  Output output;

  const state::Members& config() const { return log.config(); }
  bool is_voter() const { return config().is_voter(options.self); }
  // Of other members. A round that has just begun has no answers yet.
  bool answered_last_round(NodeId member) const;
  bool answers(NodeId member) const { return bully.has_answered(member) || answered_last_round(member); }
  void count_silence();  // at the end of a round
  void
  follow_disk();  // likewise; a disk that stalls is told while it lasts, how long it took when it goes on
  bool disk_stalled() const { return journal.stalled_rounds() >= stalled_after_rounds; }
  bool has_room() const { return room == Room::enough; }
  ChunkLimits chunk() const { return {options.chunk_entries_max, options.chunk_bytes_max}; }

  void send(NodeId to, Message message);
  void answer(RequestId request, Answer answer);
  void answer_all(std::vector<ClientAnswer> answers);
  void refuse(RequestId request, ErrorCode code);
  void notice(std::string text) { output.notices.push_back(std::move(text)); }
  void become(Role next, Index start = 0);
  void advance(Index upto);  // decides, tells the clients that waited
  // L7: the whole log gives way to it, and the clients that waited are told what it knows.
  void install(SnapshotAssembly::Whole snapshot);
  void notice_unreadable(const SnapshotName& name, NodeId from, const Error& error);
};

}  // namespace bellwether::replication
