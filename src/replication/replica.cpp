#include "replication/replica.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "replication/candidate.hpp"
#include "replication/core.hpp"
#include "replication/follower.hpp"
#include "replication/leader.hpp"
#include "replication/read_requests.hpp"
#include "replication/repair.hpp"

namespace bellwether::replication {
namespace {

// That another node's turn takes: it notices that nobody leads, gives way for two rounds, and tries.
constexpr std::uint64_t turn_rounds = 4;

// D2, D6: fixed when the prepare was handled, sent when the promise and the log that it describes are
// durable.
struct HeldPromise {
  RecordNumber waits_for;
  NodeId to;
  Promise promise;
};

}  // namespace

struct Replica::Impl {
  Impl(Options options, const StableState& stable, Ticks now)
      : core(std::move(options), stable, now), follower(core), reads(core), removed(stable.is_removed()) {
    if (removed) return;
    core.log.become_whole();  // it may be so since before the last crash, and nothing else would look again
    begin_round();
  }

  // ---- rounds (consensus.md section 5)
  void begin_round(std::optional<Ballot> lost = std::nullopt);
  void begin_urgent_round(std::optional<Ballot> lost);
  void end_round();
  void end_urgent_round_if_over();
  void refuse_late_waiters();
  void do_round_duties();
  std::set<NodeId> heartbeat_targets() const;
  bool is_following_voter() const { return core.role == Role::follower && core.is_voter(); }
  std::size_t answering() const;

  // ---- ballots (sections 5 and 6)
  void raise_ballot();
  RecordNumber promise(Ballot ballot);
  void step_down();
  void act_on(Candidate::Outcome outcome);
  bool stands_back() const { return !core.has_room() && rounds_to_stand_back > 0; }
  void release_promises();

  // ---- messages
  void on(NodeId from, const HeartbeatRequest& request);
  void on(NodeId from, const HeartbeatReply& reply);
  void on(NodeId from, const Prepare& prepare);
  void on(NodeId from, Promise& promise);
  void on(NodeId from, const Pull& pull);
  void on(NodeId from, const Suffix& suffix);
  void send_base(NodeId to, std::uint64_t position);
  bool follows(NodeId from, Ballot ballot);
  void on(NodeId from, const Accept& accept);
  void on(NodeId from, const SnapshotChunk& chunk);
  void on(NodeId from, const Accepted& accepted);
  void on(NodeId from, const Mismatch& mismatch);
  void on(NodeId from, const Nack& nack);
  void on(NodeId from, const TakeOver& take_over);
  void on(NodeId from, const Removed&);
  void on(NodeId from, const ReadIndexRequest& request);
  void on(NodeId from, const ReadIndexReply& reply);
  void on(NodeId from, const Fetch& fetch) { repair.on_fetch(from, fetch); }
  void on(NodeId from, const Entries& entries) { repair.on_entries(from, entries); }

  // ---- clients (section 10)
  std::optional<Refused> refusal() const;
  bool may_serve(RequestId request);  // if not, it has been told why
  std::optional<NodeId> known_leader() const;

  Core core;
  Follower follower;
  std::optional<Candidate> candidate;
  std::optional<Leader> leader;
  ReadRequests reads;
  Repair repair{core};
  std::vector<HeldPromise> held_promises;
  Ticks deadline = 0;
  bool judged_once = false;                // a whole round has passed
  std::uint64_t rounds_to_stand_back = 0;  // after it could not adopt what the others have
  bool removed;
  bool leaving = false;
};

// ---- rounds

std::set<NodeId> Replica::Impl::heartbeat_targets() const {
  std::set<NodeId> targets;
  const state::Members& decided = core.log.decided_state().members();
  std::ranges::copy_if(core.options.contacts, std::inserter(targets, targets.end()),
                       [&decided](NodeId contact) { return !decided.knows_removed(contact); });
  for (const auto& [id, member] : core.config().all()) targets.insert(id);
  targets.insert(core.bully.leader().id);
  targets.erase(nobody);
  targets.erase(core.options.self);
  return targets;
}

void Replica::Impl::begin_round(std::optional<Ballot> lost) {
  deadline = core.now + core.options.heartbeat;
  refuse_late_waiters();
  const HeartbeatRequest request = core.bully.open_round(lost);
  for (const NodeId target : heartbeat_targets()) core.send(target, request);
}

void Replica::Impl::begin_urgent_round(std::optional<Ballot> lost) {
  const bool is_urgent_already = core.bully.is_urgent();
  const Ticks due = deadline;
  begin_round(lost);
  core.bully.expect_urgently();
  if (is_urgent_already) deadline = due;  // or losses without end would put off what ends with a round
  end_urgent_round_if_over();
}

void Replica::Impl::end_urgent_round_if_over() {
  if (core.bully.is_urgent_round_over(core.config().voters())) end_round();
}

void Replica::Impl::end_round() {
  const bool was_happy = core.bully.is_happy();
  core.bully.learn_leader();
  if (core.role == Role::candidate && !core.bully.owns_leader()) step_down();
  core.follow_disk();
  core.count_silence();
  if (candidate) candidate->count_round();
  if (rounds_to_stand_back > 0) --rounds_to_stand_back;
  const bool raises = core.bully.close_round({.voters = core.config().voters(),
                                              .promised = core.promised,
                                              .last = core.log.last(),
                                              .is_tired = !leader && (!candidate || candidate->is_tired()),
                                              .is_unfit = core.disk_stalled() || !core.log.is_whole(),
                                              .has_room = core.has_room(),
                                              .stands_back = stands_back()});
  judged_once = true;
  if (raises) raise_ballot();
  do_round_duties();
  const bool lost_leader =
      was_happy && !core.bully.is_happy() && core.is_voter() && !core.bully.owns_leader();
  if (lost_leader) {  // ask again at once, and make the others look too
    begin_urgent_round(core.bully.leader());
  } else {
    begin_round();
  }
}

// L12. At the beginning of a round: the end of one may be put off once.
void Replica::Impl::refuse_late_waiters() {
  core.answer_all(core.waiters.refuse_older_than(
      core.now > core.options.answer_within ? core.now - core.options.answer_within : 0, ErrorCode::unknown));
}

void Replica::Impl::do_round_duties() {
  if (leader) {
    if (leader->end_round()) raise_ballot();
  } else if (candidate) {
    act_on(candidate->end_round());
  }
  if (!leader) reads.ask_again();
  repair.end_round();
}

std::size_t Replica::Impl::answering() const {
  return static_cast<std::size_t>(std::ranges::count_if(core.config().voters(), [this](NodeId voter) {
    return voter == core.options.self || core.answered_last_round(voter);
  }));
}

// ---- ballots

void Replica::Impl::raise_ballot() {
  const Ballot ballot = core.bully.raise(core.promised);
  const RecordNumber record = promise(ballot);
  candidate.emplace(core, record);
  core.become(Role::candidate);
  act_on(candidate->on_durable());
}

// A promise to another's ballot, or to the own one: nothing of a lower ballot is accepted from now on.
RecordNumber Replica::Impl::promise(Ballot ballot) {
  BELLWETHER_ASSERT(ballot > core.promised);
  core.promised = ballot;
  step_down();
  held_promises.clear();
  follower.on_promised();
  return core.journal.write(PromiseRecord{.ballot = ballot});
}

void Replica::Impl::step_down() {
  candidate.reset();
  if (leader) {
    for (const Reader& reader : leader->step_down()) {
      if (const auto* local = std::get_if<RequestId>(&reader)) reads.ask(*local);
    }
    leader.reset();
  }
  core.become(Role::follower);
}

void Replica::Impl::act_on(Candidate::Outcome outcome) {
  if (outcome == Candidate::Outcome::out_of_room)
    rounds_to_stand_back = turn_rounds * core.config().voters().size();
  if (outcome == Candidate::Outcome::gave_up || outcome == Candidate::Outcome::out_of_room) step_down();
  if (outcome != Candidate::Outcome::established) return;
  const Candidate::Promises promises = candidate->promises();
  candidate.reset();
  leader.emplace(core, promises);
  for (const RequestId request : reads.take_unconfirmed()) leader->read(request);
}

void Replica::Impl::release_promises() {
  std::erase_if(held_promises, [this](HeldPromise& held) {
    if (!core.journal.is_durable(held.waits_for)) return false;
    core.send(held.to, std::move(held.promise));
    return true;
  });
}

// ---- messages

void Replica::Impl::on(NodeId from, const HeartbeatRequest& request) {
  if (core.bully.shares_loss(request, is_following_voter())) begin_urgent_round(std::nullopt);
  HeartbeatReply reply = core.bully.answer(request, core.log.last(), core.has_room());
  reply.quorum_connected &= core.log.is_whole();  // S6: it does not stand
  core.send(from, reply);
}

void Replica::Impl::on(NodeId from, const HeartbeatReply& reply) {
  core.bully.on_reply(from, reply);
  end_urgent_round_if_over();
}

void Replica::Impl::on(NodeId from, const Prepare& prepare) {
  const Ballot ballot = prepare.ballot;
  if (ballot < core.promised || (ballot == core.promised && ballot.id != from)) {
    return core.send(from, Nack{.ballot = ballot, .promised = core.promised});
  }
  // S6: this log does not hold all that it helped to decide, which a promise would be taken for.
  if (LogEnd{prepare.last_ballot, prepare.last} < core.log.lost()) return;
  RecordNumber waits_for = core.journal.written();
  if (ballot > core.promised) {
    core.bully.on_promised(ballot);
    waits_for = promise(ballot);
  }
  Promise answer{.ballot = ballot,
                 .last_ballot = core.log.last_ballot(),
                 .last = core.log.last(),
                 .decided = core.log.decided(),
                 .missing = std::nullopt};
  if (core.log.is_ahead_of(prepare.last_ballot, prepare.last)) {
    Missing missing = core.log.missing(prepare.last, prepare.last_ballot, prepare.decided, core.chunk());
    answer.missing = std::move(missing.entries);
    answer.snapshot = missing.base;
  }
  held_promises.push_back({.waits_for = waits_for, .to = from, .promise = std::move(answer)});
  release_promises();
}

void Replica::Impl::on(NodeId from, Promise& promise) {
  if (candidate && promise.ballot == core.promised) act_on(candidate->on_promise(from, std::move(promise)));
}

void Replica::Impl::on(NodeId from, const Pull& pull) {
  if (pull.ballot != core.promised) return;
  const SnapshotPtr& base = core.log.base();
  if (pull.snapshot && base && pull.snapshot->index == base->index &&
      pull.snapshot->position <= base->state.size()) {
    return send_base(from, pull.snapshot->position);
  }
  Missing missing = core.log.missing(pull.last, pull.last_ballot, pull.decided, core.chunk());
  core.send(from,
            Suffix{.ballot = pull.ballot, .entries = std::move(missing.entries), .snapshot = missing.base});
}

// To a candidate: nothing that a leader would say stands in it.
void Replica::Impl::send_base(NodeId to, std::uint64_t position) {
  const Snapshot& base = *core.log.base();
  const std::size_t count = std::min(base.state.size() - position, core.options.snapshot_chunk_bytes);
  core.send(to, SnapshotChunk{.ballot = core.promised,
                              .of = name_of(base),
                              .position = position,
                              .bytes = base.state.slice(position, count),
                              .decided = 0,
                              .read = 0});
}

void Replica::Impl::on(NodeId from, const Suffix& suffix) {
  if (candidate && suffix.ballot == core.promised) act_on(candidate->on_suffix(from, suffix));
}

void Replica::Impl::on(NodeId from, const Accept& accept) {
  if (follows(from, accept.ballot)) follower.on_accept(accept);
}

void Replica::Impl::on(NodeId from, const SnapshotChunk& chunk) {
  if (candidate && chunk.ballot == core.promised) return act_on(candidate->on_snapshot(from, chunk));
  if (follows(from, chunk.ballot)) follower.on_snapshot(from, chunk);
}

// L5: what a leader sends counts if its ballot is not below the promised one, which it may raise.
bool Replica::Impl::follows(NodeId from, Ballot ballot) {
  if (ballot < core.promised) {
    core.send(from, Nack{.ballot = ballot, .promised = core.promised});
    return false;
  }
  if (ballot.id == core.options.self) return false;
  if (ballot > core.promised) {
    core.bully.on_promised(ballot);
    promise(ballot);  // D8: its record stands before those of the entries
  }
  return true;
}

void Replica::Impl::on(NodeId from, const Accepted& accepted) {
  if (leader && accepted.ballot == core.promised) leader->on_accepted(from, accepted);
}

void Replica::Impl::on(NodeId from, const Mismatch& mismatch) {
  if (leader && mismatch.ballot == core.promised) leader->on_mismatch(from, mismatch);
}

void Replica::Impl::on(NodeId, const Nack& nack) { core.bully.on_seen_round(nack.promised.round); }

void Replica::Impl::on(NodeId, const TakeOver& take_over) {  // H2
  if (take_over.ballot == core.promised && is_following_voter() && !core.disk_stalled() &&
      core.log.is_whole())
    raise_ballot();
}

void Replica::Impl::on(NodeId from, const Removed&) {  // X2
  removed = true;
  core.journal.write(RemovedRecord{});
  step_down();
  core.answer_all(core.waiters.refuse_all(ErrorCode::unknown));
  reads.refuse_all(ErrorCode::removed);
  core.notice("node " + std::to_string(number(from)) +
              " says that this node is no member of the cluster any more");
}

void Replica::Impl::on(NodeId from, const ReadIndexRequest& request) {
  if (leader) leader->read(RemoteReader{.id = from, .request = request.request});
}

void Replica::Impl::on(NodeId, const ReadIndexReply& reply) { reads.on_reply(reply); }

// ---- clients

std::optional<NodeId> Replica::Impl::known_leader() const {
  if (removed) return std::nullopt;
  if (leader) return core.bully.is_suspended() ? std::nullopt : std::optional(core.options.self);
  const bool follows =
      core.bully.is_happy() && core.bully.leader() == core.promised && follower.has_heard_leader();
  return follows ? std::optional(core.promised.id) : std::nullopt;
}

// P8. None: an established leader that may append.
std::optional<Refused> Replica::Impl::refusal() const {
  Refused refused;
  if (removed) {
    refused.code = ErrorCode::removed;
  } else if (leaving) {
    refused.code = ErrorCode::leaving;
  } else if (leader && !core.bully.is_suspended()) {
    if (!leader->is_handing_over()) return std::nullopt;
    refused.code = ErrorCode::retry;
  } else if (const auto known = known_leader()) {  // it hears a majority, even if this node does not
    refused.code = ErrorCode::not_leader;
    refused.leader = *known;
  } else if (leader ||
             (judged_once && !core.config().voters().empty() && answering() < core.config().majority())) {
    refused.code = ErrorCode::no_majority;
  } else {
    refused.code = ErrorCode::no_leader;
  }
  return refused;
}

bool Replica::Impl::may_serve(RequestId request) {
  auto refused = refusal();
  if (!refused) return true;
  core.answer(request, *std::move(refused));
  return false;
}

// ---- the front door

Replica::Replica(Options options, const StableState& stable, Ticks now)
    : impl_(std::make_unique<Impl>(std::move(options), stable, now)) {}
Replica::~Replica() = default;

void Replica::tick(Ticks now, std::uint64_t wall_ms) {
  impl_->core.now = now;
  impl_->core.wall_ms = wall_ms;
  if (now < impl_->deadline) return;
  if (impl_->removed) {
    impl_->deadline = now + impl_->core.options.heartbeat;  // else its runtime would be woken for ever
  } else {
    impl_->end_round();
  }
}

void Replica::on_message(NodeId from, Message message) {
  if (impl_->removed) return;
  const bool from_removed =
      from != impl_->core.options.self && impl_->core.log.decided_state().members().knows_removed(from);
  if (from_removed && !std::holds_alternative<Removed>(message))
    return impl_->core.send(from, Removed{});  // X1
  std::visit([&](auto& one) { impl_->on(from, one); }, message);
}

void Replica::on_link_up(NodeId peer) {
  Impl& impl = *impl_;
  impl.core.bully.on_link_up(peer);
  if (impl.removed) return;
  if (!impl.core.bully.has_answered(peer)) impl.core.send(peer, impl.core.bully.running_request());  // E11
  if (impl.leader) impl.leader->on_link_up(peer);
}

void Replica::on_link_down(NodeId peer) {
  Impl& impl = *impl_;
  if (impl.core.bully.on_link_down(peer, impl.is_following_voter()) && !impl.removed) {  // E8
    impl.begin_urgent_round(impl.core.bully.leader());
  }
}

void Replica::on_damaged(Index first, Index last) {
  if (!impl_->removed) impl_->repair.on_damaged(first, last);
}

void Replica::on_durable(RecordNumber upto) {
  Impl& impl = *impl_;
  impl.core.journal.on_durable(upto);
  impl.core.log.on_durable();
  if (impl.core.log.become_whole())
    impl.core.notice("the entries that this node had lost are back: it votes again");
  if (impl.removed) return;
  impl.release_promises();
  if (impl.leader) {
    impl.leader->on_durable();
  } else if (impl.candidate) {
    impl.act_on(impl.candidate->on_durable());
  } else {
    impl.follower.on_durable();
  }
}

void Replica::on_room(Room room) { impl_->core.room = room; }

void Replica::compact(const SnapshotPtr& base) {
  if (base->index > this->base()) impl_->core.log.compact(base);
}

void Replica::append(RequestId request, const Group& group, Bytes messages) {
  if (impl_->may_serve(request)) impl_->leader->append(request, group, std::move(messages));
}

void Replica::register_producer(RequestId request) {
  if (impl_->may_serve(request)) impl_->leader->register_producer(request);
}

void Replica::read(RequestId request) {
  if (impl_->removed) return impl_->core.refuse(request, ErrorCode::removed);
  if (impl_->leaving) return impl_->core.refuse(request, ErrorCode::leaving);
  if (impl_->leader) {
    impl_->leader->read(request);
  } else {
    impl_->reads.ask(request);
  }
}

void Replica::join(RequestId request, const Join& join) {
  if (impl_->may_serve(request)) impl_->leader->join(request, join);
}

// G6: an explicit removal works while suspended.
void Replica::remove(RequestId request, NodeId member) {
  const bool may = impl_->leader && !impl_->leaving && !impl_->leader->is_handing_over();
  if (may || impl_->may_serve(request)) impl_->leader->remove(request, member);
}

void Replica::move_leader(RequestId request, NodeId member) {
  if (impl_->may_serve(request)) impl_->leader->move_leader(request, member);
}

void Replica::update_member(NodeId member, const std::string& address, std::uint32_t priority) {
  if (!impl_->refusal()) impl_->leader->update_member(member, address, priority);
}

void Replica::resign() {
  if (impl_->leader) impl_->leader->resign();
}

void Replica::forget(RequestId request) {
  impl_->reads.forget(request);
  if (impl_->leader) impl_->leader->forget(request);
}

void Replica::stop_serving() { impl_->leaving = true; }

void Replica::give_up() {
  impl_->core.answer_all(impl_->core.waiters.refuse_all(ErrorCode::unknown));
  if (impl_->leader) impl_->leader->refuse_doubted(impl_->core.now + 1);
}

void Replica::seal() {
  if (impl_->leader) impl_->leader->seal();
}

bool Replica::has_open_batch() const { return impl_->leader && !impl_->leader->batch().is_empty(); }

std::size_t Replica::open_batch_bytes() const { return impl_->leader ? impl_->leader->batch().bytes() : 0; }

std::size_t Replica::undecided_entries() const { return impl_->core.log.last() - impl_->core.log.decided(); }

std::uint64_t Replica::unwritten_bytes() const {
  return impl_->core.journal.entry_bytes() + (has_open_batch() ? open_batch_bytes() : 0);
}

std::uint64_t Replica::undecided_bytes() const {
  const Log& log = impl_->core.log;
  return log.bytes_between(log.decided(), log.last()) + (has_open_batch() ? open_batch_bytes() : 0);
}

Output Replica::take_output() {
  if (impl_->leader) impl_->leader->start_reads();
  impl_->reads.on_decided();
  impl_->core.output.records = impl_->core.journal.take_records();
  return std::exchange(impl_->core.output, {});
}

Ticks Replica::deadline() const { return impl_->deadline; }
Role Replica::role() const { return impl_->core.role; }
bool Replica::is_whole() const { return impl_->core.log.is_whole(); }
bool Replica::is_removed() const { return impl_->removed; }
bool Replica::disk_stalled() const { return impl_->core.disk_stalled(); }

Room Replica::room() const { return impl_->core.room; }
bool Replica::lacks_room_for_messages() const {
  return impl_->leader && !impl_->leader->has_room_for_messages();
}
bool Replica::is_suspended() const { return impl_->leader && impl_->core.bully.is_suspended(); }
bool Replica::is_handing_over() const { return impl_->leader && impl_->leader->is_handing_over(); }
bool Replica::is_established() const { return impl_->leader && !impl_->refusal(); }
Ballot Replica::promised() const { return impl_->core.promised; }
Ballot Replica::leader_ballot() const { return impl_->core.bully.leader(); }
std::optional<NodeId> Replica::leader() const { return impl_->known_leader(); }
Index Replica::decided() const { return impl_->core.log.decided(); }
Index Replica::durable() const { return impl_->core.log.durable(); }
Index Replica::last() const { return impl_->core.log.last(); }
Index Replica::base() const { return impl_->core.log.base_index(); }
Ballot Replica::ballot_at(Index index) const { return impl_->core.log.ballot_at(index); }
const BallotRuns& Replica::ballots() const { return impl_->core.log.ballots(); }
const state::State& Replica::decided_state() const { return impl_->core.log.decided_state(); }
const state::State& Replica::tail_state() const { return impl_->core.log.tail_state(); }

PeerView Replica::peer(NodeId id) const {
  const auto silent = impl_->core.silent_rounds.find(id);
  PeerView view{.answered = impl_->core.answered_last_round(id),
                .silent_rounds = silent == impl_->core.silent_rounds.end() ? 0 : silent->second,
                .lag = std::nullopt,
                .has_room = id == impl_->core.options.self ? impl_->core.has_room()
                                                           : !impl_->core.without_room.contains(id)};
  const Progress* progress = impl_->leader ? impl_->leader->progress(id) : nullptr;
  if (progress != nullptr) view.lag = last() - std::min(progress->match, last());
  return view;
}

std::vector<NodeId> Replica::answering_voters() const {
  std::vector<NodeId> voters;
  std::ranges::copy_if(impl_->core.config().voters(), std::back_inserter(voters), [this](NodeId voter) {
    return voter == impl_->core.options.self || impl_->core.answered_last_round(voter);
  });
  return voters;
}

}  // namespace bellwether::replication
