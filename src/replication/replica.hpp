// replication/replica.hpp: the front door of the core: one member's part in the election and in the
// replicated log, as a deterministic state machine. Inputs are calls, outputs are collected until
// take_output().
// Source:  consensus.md (Ng, Haridi, Carbone, "Omni-Paxos", EuroSys 2023; Ongaro, "Consensus: Bridging Theory
//          and Practice", 2014, for entries stamped with their leader's ballot, membership and read index).
// Units:   ticks, see options.hpp. Call tick() first at every step: it is how time reaches the core.
// Errors:  none; requests are answered, messages that don't fit are ignored or answered as the protocol says.
// Threads: none, no lock; it belongs to the thread that calls it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "protocol/messages.hpp"
#include "protocol/packets.hpp"
#include "replication/options.hpp"
#include "replication/output.hpp"
#include "replication/room.hpp"
#include "replication/snapshot.hpp"
#include "replication/stable_state.hpp"
#include "state/state_machine.hpp"

namespace bellwether::replication {

// How one member looks from here.
struct PeerView {
  bool answered = false;             // in the last whole round
  std::uint64_t silent_rounds = 0;   // since its last answer
  std::optional<std::uint64_t> lag;  // entries behind; known to the leader alone
  bool has_room = true;              // on its disk, as it said last
};

class Replica {
 public:
  Replica(Options options, const StableState& stable, Ticks now);
  ~Replica();
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  // ---- inputs
  void tick(Ticks now, std::uint64_t wall_ms);  // ends the heartbeat round when its time is over
  void on_message(NodeId from, Message message);
  void on_link_up(NodeId peer);
  void on_link_down(NodeId peer);  // only after an immediate reconnect failed (E15)
  void on_durable(RecordNumber upto);
  // S5: how much room there is for what would be written next. Safe to repeat at every step.
  void on_room(Room room);
  // S6: the disk cannot give back these entries, [first, last]. Those that are decided are fetched from the others and come
  // back in Output::repaired; call it again whenever a read fails there.
  void on_damaged(Index first, Index last);
  // K1: drops the entries up to base->index, which is at most decided() and durable(); a checkpoint of that entry is
  // on the disk (K4). Does nothing if they are dropped already.
  void compact(const SnapshotPtr& base);

  // ---- requests; each is answered once in Output::answers, at once or later
  // Places the group in the open batch, which becomes an entry at seal(). `messages` are group.bytes long.
  void append(RequestId request, const Group& group, Bytes messages);
  void register_producer(RequestId request);
  void read(RequestId request);  // linearizable; a follower asks the leader. Give up on it with forget().
  void join(RequestId request, const Join& join);
  void remove(RequestId request, NodeId member);
  void move_leader(RequestId request, NodeId member);
  void update_member(NodeId member, const std::string& address,
                     std::uint32_t priority);  // G10; leader only, best effort
  void resign();                               // a leader hands over to its most caught-up voter, if any
  // Gives up a read, a change of leader or an append that looks impossible, whose asker is gone. An answer to
  // anything else still comes: ignore it.
  void forget(RequestId request);
  void stop_serving();  // this node is leaving: answers `leaving` from now on
  void give_up();       // this node stops: whoever still waits for a decision is answered `unknown` (L12)

  void seal();  // closes the open batch, if any: one entry, one write, one accept to each member
  bool has_open_batch() const;
  std::size_t open_batch_bytes() const;
  std::size_t undecided_entries() const;  // appended here and not yet decided
  std::uint64_t undecided_bytes() const;  // theirs and the open batch's
  std::uint64_t unwritten_bytes()
      const;  // of the open batch, and of entries that are not handed out yet as records

  Output take_output();

  // ---- questions
  Ticks deadline() const;  // when tick() has something to do
  Role role() const;
  bool is_removed() const;
  bool is_whole() const;      // else damage took entries that it may have acknowledged (S6)
  bool disk_stalled() const;  // E12: it takes writes and finishes none
  Room room() const;          // as on_room() said last
  bool is_suspended() const;  // a leader that hears no majority
  bool is_handing_over() const;
  bool is_established() const;  // a leader that may append, if there is room
  bool lacks_room_for_messages()
      const;  // a leader that refuses them: here, or on too many of the voters, there is no room
  Ballot promised() const;
  Ballot leader_ballot() const;          // greatest known; its owner leads or is about to
  std::optional<NodeId> leader() const;  // P8: the leader that this node can vouch for, itself included
  Index decided() const;
  Index durable() const;
  Index last() const;
  Index base() const;                   // everything up to it is dropped; 0: nothing is
  Ballot ballot_at(Index index) const;  // base() <= index <= last()
  const BallotRuns& ballots() const;    // of the retained entries, up to last()
  const state::State& decided_state() const;
  const state::State& tail_state() const;  // its members are the configuration in force
  PeerView peer(NodeId id) const;
  std::vector<NodeId> answering_voters() const;  // in the last whole round, this node included if it votes

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bellwether::replication
