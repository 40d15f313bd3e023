#include "checks/liveness.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "world/violation.hpp"

namespace bellwether::simulation {

namespace {

void stop_all_faults(Cluster& cluster) {
  cluster.on_happening = nullptr;
  cluster.heal_all();
  cluster.network.faults = {};
  cluster.sync_time = {};
  for (auto& [id, machine] : cluster.machines()) {
    machine.slowness = 1.0;
    cluster.fill_up(id, false);
    if (!machine.bytes) cluster.set_room(id, replication::Room::enough);
    if (!machine.is_running()) cluster.start(id);
    cluster.resume(id);
    cluster.finish_sync_now(id);
  }
}

// What nobody else has any more is out of reach: an operator brings it back from elsewhere.
void bring_back_what_nobody_has(Cluster& cluster) {
  for (auto& [id, machine] : cluster.machines()) {
    std::erase_if(machine.rotten, [&](Index index) { return !cluster.is_elsewhere(machine, index); });
  }
}

bool is_repaired(Cluster& cluster) {
  return std::ranges::all_of(cluster.history().members().all, [&](const auto& member) {
    const auto found = cluster.machines().find(member.first);
    if (found == cluster.machines().end() || !found->second.is_serving()) return true;
    const Machine& machine = found->second;
    return std::ranges::none_of(machine.rotten, [&](Index index) {
      return index > machine.replica->base() && cluster.is_elsewhere(machine, index);
    });
  });
}

// As long as somebody reads it again and again; a snapshot may take the last place of what is elsewhere.
void check_repairs(Cluster& cluster) {
  std::size_t rotten = 0;
  for (const auto& [id, machine] : cluster.machines()) rotten += machine.rotten.size();
  constexpr double between_reads = 10;
  double left = 40 + static_cast<double>(rotten);
  while (!is_repaired(cluster)) {
    if (left <= 0) cluster.fail("S6: what cannot be read is not brought back" + cluster.describe());
    for (const auto& [id, machine] : cluster.machines()) cluster.read_back(id);
    cluster.run_until([&] { return is_repaired(cluster); }, rounds(between_reads));
    left -= between_reads;
  }
}

bool all_members_have(Cluster& cluster, Index upto) {
  return std::ranges::all_of(cluster.history().members().all, [&](const auto& member) {
    const auto found = cluster.machines().find(member.first);
    const bool counts = found != cluster.machines().end() && found->second.is_running();
    return !counts || found->second.replica->decided() >= upto;
  });
}

// A removed node learns it from any member that it still knows; if there is none left it is harmless.
bool knows_a_member(Cluster& cluster, const Machine& removed) {
  std::set<NodeId> known = removed.contacts;
  for (const auto& [id, member] : removed.replica->tail_state().members().all()) known.insert(id);
  known.insert(removed.replica->leader_ballot().id);
  return std::ranges::any_of(known, [&](NodeId id) {
    return cluster.history().members().all.contains(id) && cluster.machines().contains(id) &&
           cluster.machine(id).is_running();
  });
}

void check_removed_nodes_learn_it(Cluster& cluster) {
  for (const NodeId id : cluster.history().removed()) {
    const auto found = cluster.machines().find(id);
    if (found == cluster.machines().end() || !found->second.is_serving()) continue;
    if (!knows_a_member(cluster, found->second)) continue;
    const auto is_removed = [&] { return found->second.replica->is_removed(); };
    if (!cluster.run_until(is_removed, rounds(10))) {
      cluster.fail("X4: removed node " + text(id) + " never learns it" + cluster.describe());
    }
  }
}

void check_reads(Cluster& cluster) {
  const double to_join = rounds_to_catch_up(cluster, least_decided(cluster));  // who has joined just now
  std::size_t asked = 0, done = 0;
  for (const auto& [id, member] : cluster.history().members().all) {
    const auto found = cluster.machines().find(id);
    if (found == cluster.machines().end() || !found->second.is_serving()) continue;
    ++asked;
    Question question;
    question.what = "read";
    question.floor = cluster.checkers().read_floor();
    question.has_to_be_answered = false;  // as others are: by then
    question.ask = [](replication::Replica& replica, replication::RequestId request) {
      replica.read(request);
    };
    question.hear = [&done](const replication::Answer& answer) {
      if (std::holds_alternative<replication::ReadDone>(answer)) ++done;
    };
    cluster.ask(id, std::move(question));
  }
  if (!cluster.run_until([&] { return done == asked; }, rounds(4 + to_join))) {
    cluster.fail("L-a: a read is not answered within 4 rounds" + cluster.describe());
  }
}

}  // namespace

double rounds_to_catch_up(Cluster& cluster, Index from) {
  Index last = cluster.history().last();  // a new leader has to bring over what is undecided too
  for (const NodeId id : cluster.running()) last = std::max(last, cluster.machine(id).replica->last());
  const auto backlog = static_cast<double>(last - from);
  std::size_t base_bytes = 0;  // who is behind a base gets that first
  for (const auto& [id, machine] : cluster.machines()) {
    if (const auto& base = machine.disk.stable().base())
      base_bytes = std::max(base_bytes, base->state.size());
  }
  const double chunks =
      static_cast<double>(base_bytes) / static_cast<double>(cluster.shape.snapshot_chunk_bytes);
  return (backlog / static_cast<double>(cluster.shape.chunk_entries) + chunks) * 0.5;
}

Index least_decided(Cluster& cluster) {
  Index least = cluster.history().last();
  for (const auto& [id, machine] : cluster.machines()) {
    if (machine.is_serving()) least = std::min(least, machine.replica->decided());
  }
  return least;
}

bool can_live(Cluster& cluster) {
  const auto is_gone = [](const auto& known) { return known.second.gone; };
  const bool are_all_there = std::ranges::none_of(cluster.machines(), is_gone);
  // Who has lost entries votes again when others have given them back (S6): those may be gone.
  const auto lives = [&](NodeId voter) {
    if (!cluster.machines().contains(voter)) return true;
    const Machine& machine = cluster.machine(voter);
    return !machine.gone && (are_all_there || (!machine.has_lost_entries() && machine.rotten.empty()));
  };
  const auto have_majority = [&](const auto& voters) {
    return static_cast<std::size_t>(std::ranges::count_if(voters, lives)) > voters.size() / 2;
  };
  const auto counts = [&](const auto& known) {
    return known.second.gone || have_majority(known.second.members_in_force().voters()) ||
           known.second.members_in_force().voters().empty();  // it has nothing yet
  };
  return have_majority(cluster.history().members().voters()) &&
         std::ranges::all_of(cluster.machines(), counts);
}

void check_answers(Cluster& cluster, Clients& clients) {
  clients.stop();
  stop_all_faults(cluster);
  cluster.run_for(rounds(20));
  cluster.check_all_answered();
}

void check_liveness(Cluster& cluster, Clients& clients) {
  clients.stop();
  stop_all_faults(cluster);
  bring_back_what_nobody_has(cluster);
  cluster.run_for(rounds(6));  // late messages arrive
  const double to_lead = rounds_to_catch_up(cluster, least_decided(cluster));
  const Producer& fresh = clients.add_producer(4.0);
  if (!cluster.run_until([&] { return fresh.acknowledged >= 1; }, rounds(14 + to_lead))) {
    cluster.fail("L-a: no new append is acknowledged within 14 rounds" + cluster.describe());
  }
  const Index target = cluster.history().last();
  const double to_join = rounds_to_catch_up(cluster, 0);  // some may have joined just now
  if (!cluster.run_until([&] { return all_members_have(cluster, target); }, rounds(25 + to_join))) {
    cluster.fail("L-a: members don't catch up to " + std::to_string(target) + cluster.describe());
  }
  check_repairs(cluster);
  check_reads(cluster);
  check_removed_nodes_learn_it(cluster);
  clients.stop();
  cluster.run_for(rounds(15));
  cluster.check_all_answered();
}

}  // namespace bellwether::simulation
