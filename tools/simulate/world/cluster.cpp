#include "world/cluster.hpp"

#include <algorithm>
#include <sstream>
#include <utility>
#include <variant>

#include "world/byte_disk.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {

using replication::Output;
using replication::Replica;
using replication::Role;

namespace {

std::string token_of_first(NodeId id) { return "t" + text(id); }
std::string address_of_first(NodeId id) { return "node" + text(id) + ":7000"; }

}  // namespace

Totals& Totals::operator+=(const Totals& other) {
  elections += other.elections;
  decided += other.decided;
  acknowledged += other.acknowledged;
  reads += other.reads;
  joins += other.joins;
  removals += other.removals;
  denied += other.denied;
  dropped_ranges += other.dropped_ranges;
  installations += other.installations;
  repaired += other.repaired;
  strangers += other.strangers;
  recoveries += other.recoveries;
  salvaged += other.salvaged;
  faults += other.faults;
  return *this;
}

Cluster::Cluster(const Shape& shape_, std::shared_ptr<World> world, std::uint64_t seed)
    : shape(shape_),
      random(seed),
      network(random, shape_.delay_min, shape_.delay_max),
      world_(std::move(world)),
      checkers_(machines_, shape_.life.strict, shape_.producer_limits) {}

Cluster::Cluster(const Shape& shape_) : Cluster(shape_, std::make_shared<World>(), shape_.life.seed) {
  write_initial_log();
}

Cluster::Cluster(const Shape& shape_, Cluster& neighbour)
    : Cluster(shape_, neighbour.world_, neighbour.random.next()) {
  write_initial_log();
}

Cluster::~Cluster() {
  if (shape.life.account != nullptr) shape.life.account->events = events();
}

// All first members start with the same log in which they joined, so that a run begins with a formed cluster.
void Cluster::write_initial_log() {
  const auto priority = [&](NodeId id) {
    const auto found = shape.priorities.find(id);
    return found == shape.priorities.end() ? 0 : found->second;
  };
  const NodeId first{1};
  const Ballot ballot{.round = 1, .priority = priority(first), .id = first};
  std::vector<EntryPtr> log;
  const auto append = [&](EntryContent content) {
    log.push_back(make_entry(log.size() + 1, ballot, 0, std::move(content)));
  };
  append(
      InitCluster{shape.identity.cluster, token_of_first(first), address_of_first(first), priority(first)});
  const std::uint64_t count = shape.voters + shape.learners;
  for (std::uint64_t i = 2; i <= count; ++i) {
    const NodeId id{i};
    append(AddMember{id, token_of_first(id), address_of_first(id), priority(id),
                     shape.learners_stay && i > shape.voters});
    if (i <= shape.voters) append(PromoteMember{id});
  }
  checkers_.on_initial_log(log);
  for (std::uint64_t i = 1; i <= count; ++i) {
    Disk disk(shape.life.mutant, shape.producer_limits);
    disk.make_durable(replication::PromiseRecord{ballot});
    disk.make_durable(replication::AppendRecord{.first = 1, .entries = log});
    disk.make_durable(replication::DecidedRecord{log.size()});
    add_machine(NodeId{i}, priority(NodeId{i}), std::move(disk));
  }
}

// ---- time

void Cluster::run_to(Ticks time) { world_->timeline.run(time); }
void Cluster::run_for(Ticks duration) { run_to(now() + duration); }

bool Cluster::run_until(const std::function<bool()>& condition, Ticks at_most) {
  const Ticks end = now() + at_most;
  while (!condition()) {
    if (!world_->timeline.run_next(end)) return condition();
  }
  return true;
}

// ---- nodes

Machine& Cluster::add_machine(NodeId id, std::uint32_t priority, Disk disk, std::set<NodeId> contacts) {
  elsewhere_.erase(id);
  Machine& machine = machines_[id];
  machine.id = id;
  machine.priority = priority;
  machine.disk = std::move(disk);
  machine.contacts = std::move(contacts);
  machine.rate = random.between(0.9, 1.1);
  machine.wall_ahead_ms = random.below(5'000);
  if (has_bytes()) format(machine);
  start(id);
  return machine;
}

replication::Options Cluster::options_of(const Machine& machine) const {
  replication::Options options;
  options.self = machine.id;
  options.priority = machine.priority;
  options.incarnation = machine.incarnation << 32;
  options.heartbeat = static_cast<Ticks>(static_cast<double>(heartbeat) * machine.rate);
  options.answer_within = rounds(12);
  options.evict_rounds = shape.evict_rounds;
  options.preferred_lag = 8;
  options.chunk_entries_max = shape.chunk_entries;
  options.window_bytes = shape.window_bytes;
  options.unsynced_bytes_max = shape.unsynced_bytes_max;
  options.snapshot_chunk_bytes = shape.snapshot_chunk_bytes;
  options.contacts = machine.contacts;
  return options;
}

void Cluster::start(NodeId id) {
  Machine& machine = machines_.at(id);
  if (machine.is_running() || machine.gone) return;
  const auto opened = machine.bytes ? open(machine) : Result<replication::StableState>(machine.disk.stable());
  if (!opened) return refuse(machine, opened.error());
  const replication::StableState& stable = *opened;
  checkers_.on_start(machine);
  ++machine.incarnation;
  machine.memory = machine.disk.log();
  machine.handed_out = stable.decided();
  // What a start reads is another matter: see damage().
  machine.rotten.erase(machine.rotten.upper_bound(machine.handed_out), machine.rotten.end());
  machine.reported.clear();
  machine.state_checked = 0;
  machine.greatest_promised = machine.disk.stable().promised();
  machine.leads.reset();
  machine.wakes_at.reset();
  machine.seal_planned = false;
  machine.was_handing_over = machine.leaving = false;
  machine.paused = false;
  tell([&] { return "node " + text(id) + " starts: " + text(machine.disk); });
  machine.replica = std::make_unique<Replica>(options_of(machine), stable, now());
  machine.replica->on_room(machine.room);
  note(number(id));
  drain(machine, machine.replica->tail_state().members().voters());
  for (const auto& [other, peer] : machines_) {
    if (other != id && peer.is_running()) link_up_between(other, id);
  }
}

void Cluster::crash(NodeId id, bool peers_notice, Crash kind) {
  Machine& machine = machines_.at(id);
  if (!machine.is_running()) return;
  ++totals.faults[Fault::crash];
  crash_disk(machine, kind);
  machine.replica.reset();
  machine.held_up.clear();
  ++machine.incarnation;
  tell([&] { return "node " + text(id) + " crashes, which leaves " + text(machine.disk); });
  std::erase_if(asked_, [&](const auto& asked) { return asked.second.node == id; });
  for (const auto& [other, peer] : machines_) {
    if (other == id || !peer.is_running() || !peers_notice || network.is_cut(id, other)) continue;
    after(units(random.between(0.1, 2)), [this, other = other, id] { report_link(other, id, false); });
  }
}

void Cluster::damage(NodeId id, Index from) {
  Machine& machine = machines_.at(id);
  machine.disk.lose_from(from);
  tell([&] { return "node " + text(id) + " has lost its log from " + std::to_string(from) + " on"; });
}

void Cluster::rot(NodeId id, Index first, Index last) {
  Machine& machine = machines_.at(id);
  for (Index index = first; index <= last; ++index) machine.rotten.insert(index);
  tell([&] {
    return "node " + text(id) + " cannot read entries " + std::to_string(first) + " to " +
           std::to_string(last) + " any more";
  });
}

void Cluster::read_back(NodeId id) {
  Machine& machine = machines_.at(id);
  if (!machine.is_serving() || machine.paused) return;
  Index before = machine.replica->base();
  for (auto next = machine.rotten.upper_bound(before);
       next != machine.rotten.end() && *next <= machine.replica->decided(); ++next) {
    if (*next > before + 1 || before == machine.replica->base()) report_rot(machine, *next);
    before = *next;
  }
}

bool Cluster::is_elsewhere(const Machine& machine, Index index) const {
  const auto& members = history().members().all;
  return index <= history().last() && std::ranges::any_of(members, [&](const auto& member) {
           const auto found = machines_.find(member.first);
           if (found == machines_.end() || &found->second == &machine || found->second.gone) return false;
           const auto& log = found->second.disk.log();
           // What it is about to drop its disk may have for a moment more.
           const bool is_dropped = found->second.is_running() && index <= found->second.replica->base();
           return !is_dropped && log.has(index) && log.ballot_at(index) == history().entry(index).ballot &&
                  !found->second.rotten.contains(index);
         });
}

// A decided entry has copies on a majority of the voters, of which this may be one: another one is left if there are
// three. And only then can the others elect a leader without it.
bool Cluster::can_spare_entries_of(NodeId id) const {
  return std::ranges::none_of(machines_, [this, id](const auto& known) {
    const Machine& machine = known.second;
    if (machine.gone) return false;
    const auto voters = machine.members_in_force().voters();
    const auto is_gone = [this](NodeId voter) {
      return machines_.contains(voter) && machines_.at(voter).gone;
    };
    if (std::ranges::any_of(voters, is_gone)) return true;  // with what it had
    const bool is_damaged = machine.id != id && (machine.has_lost_entries() || !machine.rotten.empty());
    return is_damaged || (voters.size() < 3 && std::ranges::find(voters, id) != voters.end());
  });
}

void Cluster::stop(NodeId id, Ticks takes) {
  Machine& machine = machines_.at(id);
  if (!machine.is_running() || machine.paused) return;
  machine.leaving = true;
  tell([&] { return "node " + text(id) + " is being stopped"; });
  step(id, [](Replica& replica) {
    replica.stop_serving();
    replica.resign();
  });
  after(takes, [this, id, incarnation = machine.incarnation] {
    if (machines_.at(id).incarnation != incarnation) return;
    if (machines_.at(id).paused) return crash(id);
    step(id, [](Replica& replica) {
      replica.seal();
      replica.give_up();
    });
    for (const auto& [request, asked] : asked_) {
      if (asked.node == id && asked.question.tag != 0)
        fail("L12: node " + text(id) + " stops without an answer");
    }
    crash(id);
  });
}

void Cluster::retire(NodeId id) {
  crash(id);
  machines_.at(id).gone = true;
}

void Cluster::pause(NodeId id) {
  Machine& machine = machines_.at(id);
  if (!machine.is_running() || machine.paused) return;
  machine.paused = true;
  tell([&] { return "node " + text(id) + " is paused"; });
}

void Cluster::resume(NodeId id) {
  Machine& machine = machines_.at(id);
  if (!machine.paused) return;
  machine.paused = false;
  machine.resumed_at = now();
  tell([&] { return "node " + text(id) + " goes on"; });
  for (const auto& event : std::exchange(machine.held_up, {})) event();
}

std::vector<NodeId> Cluster::ids() const {
  std::vector<NodeId> all;
  for (const auto& [id, machine] : machines_) all.push_back(id);
  return all;
}

std::vector<NodeId> Cluster::running() const {
  std::vector<NodeId> up;
  for (const auto& [id, machine] : machines_) {
    if (machine.is_running()) up.push_back(id);
  }
  return up;
}

NodeId Cluster::pick_serving() {
  std::vector<NodeId> serving;
  for (const auto& [id, machine] : machines_) {
    if (machine.is_serving()) serving.push_back(id);
  }
  return serving.empty() ? machines_.begin()->first : random.pick(serving);
}

std::vector<NodeId> Cluster::leaders() const {
  std::vector<NodeId> leading;
  for (const auto& [id, machine] : machines_) {
    if (machine.is_leading()) leading.push_back(id);
  }
  return leading;
}

Machine* Cluster::settled_leader() {
  Machine* best = nullptr;
  for (const NodeId id : leaders()) {
    Machine& leader = machines_.at(id);
    if (best == nullptr || leader.replica->promised() > best->replica->promised()) best = &leader;
  }
  return best;
}

// ---- one step of one node

void Cluster::step(NodeId id, std::function<void(Replica&)> input) {
  Machine& machine = machines_.at(id);
  if (!machine.is_running()) return;
  if (machine.paused) {
    machine.held_up.push_back([this, id, input = std::move(input)] { step(id, input); });
    return;
  }
  const auto voters_before = machine.replica->tail_state().members().voters();
  machine.replica->tick(now(), wall_ms(machine));
  drain(machine, voters_before);
  input(*machine.replica);
  drain(machine, voters_before);
}

void Cluster::drain(Machine& machine, const std::vector<NodeId>& voters_before) {
  try {
    drain_checked(machine, voters_before);
  } catch (const Violation& violation) {
    throw Violation(violation.what() + describe());
  }
}

void Cluster::drain_checked(Machine& machine, const std::vector<NodeId>& voters_before) {
  Output output = machine.replica->take_output();
  const Ballot promised_before = machine.greatest_promised;
  note(output.records.size() * 64 + output.messages.size() * 8 + output.answers.size());
  checkers_.on_records(machine, output.records);
  const bool wrote = !output.records.empty();
  const auto newest = wrote ? output.records.back().number : 0;
  machine.disk.write(output.records);
  if (machine.bytes) machine.bytes->hand_over(output.records);
  const Index decided_before = history().last();
  checkers_.on_installed(machine, output);
  if (output.installed) ++totals.installations;
  for (const auto& decided : output.decided) checkers_.on_decided(machine, decided, voters_before);
  tell_decided(machine, output);
  totals.decided += history().last() - decided_before;
  for (const auto& change : output.role_changes) {
    tell([&] {
      return "node " + text(machine.id) + " is " + name_of(change.role) + " " + text(change.ballot);
    });
    checkers_.on_role_change(machine, change, now());
    if (change.role == Role::leader) ++totals.elections;
  }
  store_repaired(machine, output);
  checkers_.after_step(machine);
  if (machine.bytes && machine.replica->decided() >= machine.bytes->checkpoint_due())
    write_checkpoint(machine);
  tell_happenings(machine, output, promised_before);
  for (auto& outgoing : output.messages) send(machine, outgoing.to, std::move(outgoing.message));
  for (const auto& given : output.answers) answer(machine, given);
  plan_wake_up(machine);
  plan_seal(machine);
  plan_sync(machine);
  if (wrote && shape.life.mutant == Mutant::durable_before_sync) {
    after(0, [this, id = machine.id, incarnation = machine.incarnation, newest] {
      if (machines_.at(id).incarnation == incarnation) report_durable(id, newest);
    });
  }
}

void Cluster::tell_decided(const Machine& machine, const Output& output) const {
  if (output.decided.empty()) return;
  tell([&] {
    const Index first = output.decided.front().index, last = output.decided.back().index;
    return "node " + text(machine.id) + " decides " + std::to_string(first) +
           (first == last ? "" : " to " + std::to_string(last));
  });
}

void Cluster::tell_happenings(Machine& machine, const Output& output, Ballot promised_before) {
  const auto tell = [&](Happening happening) {
    if (on_happening) on_happening(happening, machine);
  };
  const Ballot promised = machine.replica->promised();
  if (promised > promised_before && promised.id != machine.id) tell(Happening::promised_another);
  for (const auto& change : output.role_changes) {
    if (change.role == Role::leader) tell(Happening::established);
  }
  if (!machine.leads) return;
  for (const auto& numbered : output.records) {
    const auto* append = std::get_if<replication::AppendRecord>(&numbered.record);
    if (append == nullptr) continue;
    const EntryContent& content = append->entries.back()->content;
    const bool changes_voters = std::holds_alternative<AddMember>(content) ||
                                std::holds_alternative<PromoteMember>(content) ||
                                std::holds_alternative<RemoveMember>(content);
    if (!changes_voters) continue;
    tell(Happening::configuration_appended);
    const auto* removal = std::get_if<RemoveMember>(&content);
    if (removal != nullptr && shape.life.mutant == Mutant::removal_told_early)
      send(machine, removal->id, Removed{});
  }
}

void Cluster::plan_wake_up(Machine& machine) {
  const Ticks deadline = std::max(machine.replica->deadline(), now() + 1);
  if (machine.wakes_at && *machine.wakes_at <= deadline) return;
  machine.wakes_at = deadline;
  after(deadline - now(),
        [this, id = machine.id, incarnation = machine.incarnation] { wake(id, incarnation); });
}

void Cluster::wake(NodeId id, std::uint64_t incarnation) {
  Machine& machine = machines_.at(id);
  if (machine.incarnation != incarnation || !machine.wakes_at || *machine.wakes_at != now()) return;
  machine.wakes_at.reset();
  step(id, [](Replica&) {});
  if (machine.is_running() && !machine.paused && machine.replica->deadline() <= now()) {
    fail("node " + text(id) + "'s deadline stays in the past: its runtime would spin");
  }
}

// The runtime closes a batch when nothing more waits in its sockets: soon, and at no particular moment.
void Cluster::plan_seal(Machine& machine) {
  if (machine.seal_planned || !machine.replica->has_open_batch()) return;
  machine.seal_planned = true;
  const Ticks delay = random.chance(0.4) ? 0 : units(random.between(0, 2));
  after(delay, [this, id = machine.id, incarnation = machine.incarnation] {
    Machine& sealing = machines_.at(id);
    if (sealing.incarnation != incarnation) return;
    sealing.seal_planned = false;
    step(id, [](Replica& replica) { replica.seal(); });
  });
}

// ---- disk

void Cluster::plan_sync(Machine& machine) {
  if (!machine.disk.has_to_sync()) return;
  const RecordNumber upto = machine.disk.start_sync();
  const double time = random.between(sync_time.min, sync_time.max) * machine.slowness;
  after(units(time), [this, id = machine.id, incarnation = machine.incarnation, upto] {
    const Machine& syncing = machines_.at(id);
    if (syncing.incarnation == incarnation && syncing.disk.syncing() == upto) finish_sync_now(id);
  });
}

void Cluster::finish_sync_now(NodeId id) {
  Machine& machine = machines_.at(id);
  const auto upto = machine.disk.syncing();
  if (!machine.is_running() || !upto) return;
  if (machine.bytes) {
    if (const auto synced = machine.bytes->sync(*upto); !synced) return end_process(machine, synced.error());
  }
  machine.disk.finish_sync();
  tell([&] { return "node " + text(id) + " has synced: " + text(machine.disk); });
  if (machine.bytes) follow_room(machine);
  report_durable(id, *upto);
}

// A runtime counts an open batch as written: there is room for it when it says that there is no more.
void Cluster::set_room(NodeId id, replication::Room room) {
  Machine& machine = machines_.at(id);
  tell([&] { return "node " + text(id) + " has " + std::string(name_of(room)) + " room"; });
  if (!machine.is_running()) {
    machine.room = room;
    return;
  }
  step(id, [](Replica& replica) { replica.seal(); });
  step(id, [&machine, room](Replica& replica) {
    machine.room = room;
    replica.on_room(room);
  });
}

void Cluster::report_durable(NodeId id, RecordNumber upto) {
  step(id, [upto](Replica& replica) { replica.on_durable(upto); });
}

// ---- what there is to see

void Cluster::note(std::uint64_t value) {
  for (const std::uint64_t part : {now(), value, history().last()}) {
    fingerprint_ = (fingerprint_ ^ part) * 1099511628211ULL;
  }
}

std::string Cluster::describe() const {
  std::ostringstream out;
  for (const auto& [id, machine] : machines_) {
    out << "\n  node " << text(id) << ": ";
    if (!machine.is_running()) {
      out << "down, " << text(machine.disk);
      continue;
    }
    const Replica& replica = *machine.replica;
    out << name_of(replica.role()) << " promised " << text(replica.promised()) << " leader "
        << text(replica.leader_ballot()) << " decided " << replica.decided() << " durable "
        << replica.durable() << " base " << replica.base() << " last " << replica.last() << " "
        << text(replica.ballot_at(replica.last())) << " voters";
    for (const NodeId voter : replica.tail_state().members().voters()) out << " " << text(voter);
    out << (replica.is_established() ? " established" : "") << (replica.is_suspended() ? " suspended" : "")
        << (replica.is_handing_over() ? " handing-over" : "") << (replica.is_removed() ? " removed" : "");
    if (machine.paused) out << " paused";
    if (machine.slowness != 1.0) out << " slow disk x" << machine.slowness;
    if (machine.room != replication::Room::enough) out << " room: " << name_of(machine.room);
  }
  out << "\n  decided by anyone: " << history().last() << ", voters";
  for (const NodeId voter : history().members().voters()) out << " " << text(voter);
  out << "\n  cut:";
  for (const auto& [from, to] : network.cuts()) out << " " << text(from) << ">" << text(to);
  return out.str();
}

void Cluster::fail(const std::string& what) const { throw Violation(what); }

}  // namespace bellwether::simulation
