// replication/leader.hpp: the established leader: appends, sends to each member what it lacks, decides
// what a majority has on its disks, confirms reads, changes the membership, hands over.
// Source:  consensus.md sections 7, 8, 10, 11.
// Threads: none, no lock.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "protocol/messages.hpp"
#include "protocol/packets.hpp"
#include "replication/candidate.hpp"
#include "replication/core.hpp"
#include "replication/hand_over.hpp"
#include "replication/membership.hpp"
#include "replication/open_batch.hpp"
#include "replication/progress.hpp"
#include "replication/read_rounds.hpp"

namespace bellwether::replication {

class Leader {
 public:
  // C8: established with these promises; appends its noop and tells everybody.
  Leader(Core& core, const Candidate::Promises& promises);

  // ---- from members and the disk
  void on_accepted(NodeId from, const Accepted& accepted);
  void on_mismatch(NodeId from, const Mismatch& mismatch);
  void on_link_up(NodeId peer);  // E11
  void on_durable() { try_decide(); }
  bool end_round();  // L4, G5, G7, H3; true: raise the ballot to win a member back (E14)

  // ---- from clients; whether this node may serve them at all is checked before
  void append(RequestId request, const Group& group, Bytes messages);
  void seal();
  void register_producer(RequestId request);
  void read(Reader reader) { reads_.ask(reader); }
  void start_reads();  // those that were asked since the last call
  void join(RequestId request, const Join& join);
  void remove(RequestId request, NodeId member);
  void move_leader(RequestId request, NodeId member);
  void update_member(NodeId member, const std::string& address, std::uint32_t priority);
  void resign();
  void forget(RequestId request);
  // Appends that no majority has confirmed to be impossible: not stored, safe to repeat.
  void refuse_doubted(Ticks since_before);

  // The role is lost: answers who can be answered; the readers have to ask the next leader.
  std::vector<Reader> step_down();

  bool is_handing_over() const { return hand_over_.is_under_way(); }
  // S5: neither here nor on too many of the voters is it known that there is none.
  bool has_room_for_messages() const;
  const OpenBatch& batch() const { return batch_; }
  const Progress* progress(NodeId id) const;

 private:
  Progress& progress_of(NodeId id);
  Index first_missing(Index last, Ballot last_ballot, Index decided) const;
  Membership membership() const { return {core_, start_, is_handing_over()}; }

  void append_entry(EntryContent content);
  void apply(Change change);
  void decide_request(RequestId request, Decision decision);
  void answer_repeated(RequestId request, const Group& group, Ticks since);
  void answer_forgotten(RequestId request, const Group& group);
  void doubt(RequestId request, const Group& group);
  void answer_doubtful(const DoubtfulAppend& append);

  void broadcast(bool even_if_empty);
  void send_entries(NodeId to, bool even_if_empty);
  void send_probe(NodeId to, Progress& progress);
  void send_snapshot(NodeId to, Progress& progress, bool carries);
  Index send_accept(NodeId to, Index previous, std::size_t entries_max);  // the next to send
  bool window_is_full(const Progress& progress) const;

  void try_decide();
  void confirm_reads();
  void tell_removed(std::size_t first_decided);

  bool must_win_back_a_member();
  void follow_progress();
  void check_priorities();
  void check_own_disk();
  bool lags_behind_other_disks() const;
  void check_room();
  void change_membership();
  void begin_hand_over(NodeId target);
  void check_hand_over();
  std::string obstacle_to_lead(NodeId member) const;  // none: empty
  NodeId best_successor() const;
  NodeId successor_with_room() const;

  Core& core_;
  const Ballot ballot_;  // when the role is lost, a higher one is promised already
  Index start_;
  std::map<NodeId, Progress> progress_;
  OpenBatch batch_;
  ReadRounds reads_;
  HandOver hand_over_;
  Index decided_at_round_;
  // Before the next attempt to hand over.
  std::uint64_t rounds_to_lead_without_room_ = 0;
  std::uint64_t rounds_to_lead_without_disk_ = 0;
};

}  // namespace bellwether::replication
