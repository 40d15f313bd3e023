#include "generators/theatre.hpp"

#include <string>
#include <utility>

#include "world/violation.hpp"

namespace bellwether::simulation {

using replication::Replica;
using replication::RequestId;

namespace {

Shape of_life(Shape shape, const Life& life) {
  shape.life = life;
  if (life.nodes != 0) shape.voters = life.nodes;
  shape.snapshot_chunk_bytes = Random(life.seed + 2).one_of<std::size_t>({300, 1'000, 5'000, 1 << 20});
  return shape;
}

}  // namespace

Theatre::Theatre(const Life& life, Shape shape, std::uint64_t plan_seed)
    : chance(plan_seed),
      cluster(of_life(std::move(shape), life)),
      clients(cluster),
      compactions_(plan_seed + 1),
      plan_(std::make_shared<Plan>()) {
  begin();
}

Theatre::Theatre(Theatre& former, NodeId survivor, std::uint64_t plan_seed)
    : chance(plan_seed),
      cluster(former.cluster, survivor),
      clients(cluster),
      compactions_(plan_seed + 1),
      plan_(former.plan_),
      removed_before_(cluster.history().removed().size()) {
  begin();
}

void Theatre::begin() {
  watch_answers();
  const double pause = compactions_.one_of({0.0, 10.0, 30.0, 100.0});
  if (pause > 0) compact_now_and_then(pause);
}

void Theatre::compact_now_and_then(double pause_units) {
  after(compactions_.waiting(pause_units), [this, pause_units] {
    if (plan_->is_calm) return;
    compact_one();
    compact_now_and_then(pause_units);
  });
}

void Theatre::compact_one() {
  const auto up = cluster.running();
  if (up.empty()) return;
  const NodeId id = compactions_.pick(up);
  const Index last = cluster.machine(id).replica->decided();
  const Index at_most = compactions_.chance(0.6) ? last : compactions_.below(last + 1);
  if (!happens(Fault::compaction)) return;
  cluster.checkpoint(id);
  cluster.compact(id, at_most);
}

void Theatre::watch_answers() {
  cluster.check_all_answered();
  after(40, [this] { watch_answers(); });
}

bool Theatre::happens(Fault fault) {
  if (plan_->is_calm) return false;  // one that was to follow another
  const std::uint64_t planned = ++plan_->planned;
  if (auto* account = cluster.shape.life.account; account != nullptr) account->planned_faults = planned;
  if (!cluster.shape.life.faults.has(fault, planned)) return false;
  if (fault != Fault::crash) ++cluster.totals.faults[fault];  // the cluster counts crashes itself
  cluster.tell([&] { return "FAULT " + std::to_string(planned) + ": " + std::string(name_of(fault)); });
  return true;
}

void Theatre::set_network_faults(NetworkFaults faults) {
  const FaultSelection& selection = cluster.shape.life.faults;
  if (!selection.has(Fault::loss)) faults.loss = 0;
  if (!selection.has(Fault::duplicate)) faults.duplicates = 0;
  if (!selection.has(Fault::reordering)) faults.reordering = 0;
  if (!selection.has(Fault::late_read)) faults.late_reads = 0;
  cluster.network.faults = faults;
}

void Theatre::set_mild_network_faults() {
  set_network_faults({.loss = chance.one_of({0.0, 0.02}),
                      .duplicates = chance.one_of({0.0, 0.05}),
                      .reordering = chance.one_of({0.0, 0.05}),
                      .late_reads = chance.one_of({0.0, 0.1})});
}

bool Theatre::crash(NodeId id, bool peers_notice, Crash kind) {
  if (!happens(Fault::crash)) return false;
  cluster.crash(id, peers_notice, kind);
  return true;
}

void Theatre::bounce(NodeId id, double down_units, Crash kind, bool peers_notice) {
  if (crash(id, peers_notice, kind)) after(down_units, [this, id] { cluster.start(id); });
}

void Theatre::pause(NodeId id, double for_units) {
  if (!happens(Fault::pause)) return;
  cluster.pause(id);
  after(for_units, [this, id] { cluster.resume(id); });
}

void Theatre::cut(NodeId a, NodeId b, bool both_ways, bool peers_notice) {
  if (happens(Fault::cut)) cluster.cut(a, b, both_ways, peers_notice);
}

void Theatre::separate(const std::function<bool(NodeId, NodeId)>& are_apart, bool peers_notice) {
  std::set<Direction> wanted;
  const auto ids = cluster.ids();
  for (const NodeId a : ids) {
    for (const NodeId b : ids) {
      if (a != b && are_apart(a, b)) wanted.insert({a, b});
    }
  }
  if (happens(Fault::cut)) cluster.set_cuts(wanted, peers_notice);
}

void Theatre::blip(NodeId at, NodeId peer, double for_units) {
  if (happens(Fault::blip)) cluster.blip(at, peer, units(for_units));
}

void Theatre::slow_disk(NodeId id, double slowness) {
  if (happens(Fault::slow_disk)) cluster.machine(id).slowness = slowness;
}

void Theatre::stall_disk(NodeId id, double for_units) {
  if (!happens(Fault::stalled_disk)) return;
  cluster.machine(id).slowness = 1e6;
  after(for_units, [this, id] {
    cluster.machine(id).slowness = 1;
    cluster.finish_sync_now(id);
  });
}

void Theatre::damage(NodeId id, double share, double down_units) {
  if (!happens(Fault::damage) || !cluster.can_spare_entries_of(id)) return;
  cluster.crash(id);
  const auto& log = cluster.machine(id).disk.log();
  cluster.damage(id,
                 log.base() + 1 + static_cast<Index>(static_cast<double>(log.size() - log.base()) * share));
  after(down_units, [this, id] { cluster.start(id); });
}

void Theatre::rot(NodeId id, double share, Index count, double read_after_units) {
  if (!happens(Fault::rot) || !cluster.can_spare_entries_of(id)) return;
  const auto& disk = cluster.machine(id).disk;
  const Index decided = disk.stable().decided();
  const Index first =
      disk.log().base() + 1 + static_cast<Index>(static_cast<double>(decided - disk.log().base()) * share);
  for (Index index = first; index < first + count && index <= decided; ++index) {
    if (cluster.is_elsewhere(cluster.machine(id), index)) cluster.rot(id, index, index);
  }
  after(read_after_units, [this, id] { cluster.read_back(id); });
}

void Theatre::fill_disk(NodeId id, replication::Room room, double for_units) {
  if (!happens(Fault::full_disk)) return;
  cluster.set_room(id, room);
  after(for_units, [this, id] { cluster.set_room(id, replication::Room::enough); });
}

void Theatre::flip_bytes(NodeId id, double down_units, double read_after_units) {
  if (!happens(Fault::flipped_bytes) || !cluster.can_spare_files_of(id)) return;
  cluster.flip_bytes(id);
  after(down_units, [this, id] { cluster.start(id); });
  after(down_units + read_after_units, [this, id] { cluster.read_back(id); });
}

void Theatre::misdirect_write(NodeId id) {
  if (happens(Fault::misdirected_write) && cluster.can_spare_files_of(id)) cluster.misdirect_next_write(id);
}

// One that stops for want of room is started again once there is some.
void Theatre::fill_files(NodeId id, double for_units) {
  if (!happens(Fault::full_disk)) return;
  cluster.fill_up(id, true);
  after(for_units, [this, id] {
    cluster.fill_up(id, false);
    cluster.start(id);
  });
}

void Theatre::move_clock(NodeId id, std::uint64_t ahead_ms) {
  if (happens(Fault::clock)) cluster.machine(id).wall_ahead_ms = ahead_ms;
}

void Theatre::stop(NodeId id, double takes_units, double down_units) {
  if (!happens(Fault::stop)) return;
  cluster.stop(id, units(takes_units));
  after(takes_units + down_units, [this, id] { cluster.start(id); });
}

void Theatre::update_address(NodeId leader, NodeId member, const std::string& address) {
  if (!happens(Fault::move)) return;
  cluster.step(leader, [member, address](Replica& replica) {
    const auto* known = replica.tail_state().members().find(member);
    if (known != nullptr) replica.update_member(member, address, known->priority);
  });
}

void Theatre::join(std::uint32_t priority, bool stays_learner) {
  if (happens(Fault::join)) clients.join(priority, {}, {}, stays_learner);
}

void Theatre::leave(NodeId member) {
  if (happens(Fault::leave)) clients.leave(member);
}

void Theatre::remove_at(NodeId leader, NodeId member) {
  if (!happens(Fault::leave)) return;
  Question question;
  question.what = "remove a member";
  question.is_removal = true;
  question.ask = [member](Replica& replica, RequestId request) { replica.remove(request, member); };
  question.hear = [](const replication::Answer&) {};
  cluster.ask(leader, std::move(question));
}

void Theatre::move_leader(NodeId leader, NodeId target) {
  if (!happens(Fault::hand_over)) return;
  Question question;
  question.what = "hand over";
  question.ask = [target](Replica& replica, RequestId request) { replica.move_leader(request, target); };
  question.hear = [](const replication::Answer&) {};
  cluster.ask(leader, std::move(question));
}

void Theatre::resign(NodeId leader) {
  if (happens(Fault::hand_over)) cluster.step(leader, [](Replica& replica) { replica.resign(); });
}

Theatre* Theatre::recover(NodeId id, const std::function<std::unique_ptr<Theatre>()>& found) {
  if (!happens(Fault::recovery)) return nullptr;
  cluster.crash(id);
  if (!cluster.can_recover(id)) return nullptr;
  return successors_.emplace_back(found()).get();
}

void Theatre::rejoin(NodeId id, Theatre& other) {
  if (!happens(Fault::recovery)) return;
  const state::Members members = cluster.machine(id).members_in_force();
  const auto* known = members.find(id);
  cluster.retire(id);
  const std::string address = known == nullptr ? std::string() : known->address;
  other.clients.join(cluster.machine(id).priority, address, {}, false,
                     [this, id, &other](NodeId there) { cluster.lead_elsewhere(id, other.cluster, there); });
}

void Theatre::check_calm(Outcome& outcome) {
  can_live(cluster) ? check_liveness(cluster, clients) : check_answers(cluster, clients);
  cluster.totals.removals = cluster.history().removed().size() - removed_before_;
  cluster.totals.faults += cluster.network.struck;
  outcome.totals += cluster.totals;
  for (const auto& successor : successors_) successor->check_calm(outcome);
  outcome.fingerprint = outcome.fingerprint * 1099511628211ULL + cluster.fingerprint();
}

Outcome Theatre::finish() {
  plan_->is_calm = true;
  Outcome outcome;
  check_calm(outcome);
  outcome.events = cluster.events();
  outcome.simulated = cluster.now();
  return outcome;
}

}  // namespace bellwether::simulation
