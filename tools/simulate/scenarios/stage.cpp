#include "scenarios/stage.hpp"

#include <algorithm>

#include "world/violation.hpp"

namespace bellwether::simulation {

Shape shape_of(const Life& life, std::uint64_t voters) {
  Shape shape;
  shape.life = life;
  shape.voters = voters;
  return shape;
}

Shape quick(Shape shape) {
  shape.delay_min = 0.1;
  shape.delay_max = 0.6;
  return shape;
}

Stage::Stage(Shape shape, bool with_producer) : cluster(std::move(shape)), clients(cluster) {
  if (with_producer) add_producers();
}

Stage::Stage(Shape shape, Stage& neighbour) : cluster(shape, neighbour.cluster), clients(cluster) {
  add_producers();
}

namespace {

Cluster& stopped(Cluster& cluster, NodeId id) {
  cluster.crash(id);
  if (!cluster.can_recover(id))
    cluster.fail("node " + text(id) + " cannot be recovered" + cluster.describe());
  return cluster;
}

}  // namespace

Stage::Stage(Stage& former, NodeId survivor)
    : cluster(stopped(former.cluster, survivor), survivor), clients(cluster) {
  add_producers();
}

void Stage::add_producers() {
  for (int i = 0; i < 2; ++i)
    clients.add_producer(5.0);  // one alone has nothing to send for rounds, at times
}

void Stage::expect(bool holds, std::string_view sentence) const {
  if (!holds) cluster.fail("expected: " + std::string(sentence) + cluster.describe());
}

NodeId Stage::steady_leader(double at_least_rounds) {
  cluster.run_for(rounds(at_least_rounds));
  const auto is_steady = [&] {
    const Machine* leader = cluster.settled_leader();
    if (leader == nullptr) return false;
    const auto& core = *leader->replica;
    return core.is_established() && core.ballot_at(core.decided()) == core.promised();
  };
  if (!cluster.run_until(is_steady, rounds(3)))
    cluster.fail("no leader in a healthy cluster" + cluster.describe());
  return cluster.settled_leader()->id;
}

void Stage::expect_progress(double rounds_max) {
  const Index decided = cluster.history().last();
  if (!cluster.run_until([&] { return cluster.history().last() > decided; }, rounds(rounds_max))) {
    cluster.fail("nothing decided within " + std::to_string(rounds_max) + " rounds" + cluster.describe());
  }
  const auto acknowledged = cluster.totals.acknowledged;
  if (!cluster.run_until([&] { return cluster.totals.acknowledged > acknowledged + 1; }, rounds(25))) {
    cluster.fail("no producer hears of progress" + cluster.describe());
  }
}

Ticks Stage::longest_pause(double of_rounds, const std::function<std::uint64_t()>& count) {
  const Ticks end = cluster.now() + rounds(of_rounds);
  Ticks longest = 0;
  while (cluster.now() < end) {
    const Ticks start = cluster.now();
    const bool moved = cluster.run_until([&, before = count()] { return count() != before; }, end - start);
    longest = std::max(longest, (moved ? cluster.now() : end) - start);
    if (!moved) break;
  }
  return longest;
}

void Stage::expect_decisions(double pause_max, double of_rounds) {
  const Ticks pause = longest_pause(of_rounds, [this] { return cluster.history().last(); });
  expect(pause < rounds(pause_max), "something is decided every " + std::to_string(pause_max) + " rounds");
}

std::size_t Stage::changes_since(Ticks time) const {
  const auto& all = cluster.established();
  return static_cast<std::size_t>(
      std::ranges::count_if(all, [&](const Established& one) { return one.at > time; }));
}

void Stage::expect_leader(NodeId id) {
  const Machine* leader = cluster.settled_leader();
  if (leader == nullptr || leader->id != id)
    cluster.fail("node " + text(id) + " doesn't lead" + cluster.describe());
}

std::vector<NodeId> Stage::others(NodeId id) const {
  auto all = cluster.ids();
  std::erase(all, id);
  return all;
}

NodeId Stage::other_than(NodeId id) { return cluster.random.pick(others(id)); }

void Stage::cut_between_others_than(NodeId hub, bool peers_notice) {
  for (const NodeId a : others(hub)) {
    for (const NodeId b : others(hub)) {
      if (a < b) cluster.cut(a, b, true, peers_notice);
    }
  }
}

void Stage::cut_all_of(NodeId id, bool peers_notice) {
  for (const NodeId other : others(id)) cluster.cut(other, id, true, peers_notice);
}

bool Stage::wait_for_new_leader(Ticks since, double rounds_max) {
  return cluster.run_until([&] { return changes_since(since) > 0; }, rounds(rounds_max));
}

void Stage::wait_for_next_round_of(NodeId id) {
  const Ticks end = replica(id).deadline();
  wait_until([&] { return replica(id).deadline() != end; }, 2, "rounds follow each other");
}

NodeId Stage::next_leader(double rounds_max, const std::function<void(NodeId)>& at_once) {
  NodeId next = nobody;
  cluster.on_happening = [&](Happening happening, const Machine& machine) {
    if (happening != Happening::established || next != nobody) return;
    next = machine.id;
    at_once(next);
  };
  wait_until([&] { return next != nobody; }, rounds_max, "somebody else leads");
  cluster.on_happening = nullptr;
  return next;
}

void Stage::let_promise_in_vain(NodeId voter, NodeId candidate) {
  const auto& core = replica(voter);
  const Prepare prepare{.ballot = {.round = cluster.settled_leader()->replica->promised().round + 3,
                                   .priority = 0,
                                   .id = candidate},
                        .last_ballot = core.ballot_at(core.last()),
                        .last = core.last(),
                        .decided = core.decided()};
  cluster.step(voter, [candidate, prepare](auto& replica) { replica.on_message(candidate, prepare); });
}

void Stage::wait_until(const std::function<bool()>& condition, double rounds_max, std::string_view sentence) {
  expect(cluster.run_until(condition, rounds(rounds_max)), sentence);
}

}  // namespace bellwether::simulation
