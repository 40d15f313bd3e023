// A random graph of links that stays as it is, as real partial partitions do: as long as some voter reaches a
// majority something new is decided, and leadership doesn't wander (L-b).
#include <algorithm>
#include <string>

#include "generators/theatre.hpp"

namespace bellwether::simulation {

namespace {

constexpr double rounds_to_decide = 10;
constexpr double rounds_to_settle =
    12;  // a candidate that lost its majority meanwhile is waited for first (PREP_LIMIT)
constexpr double rounds_of_peace = 30;

struct Graph : Theatre {
  explicit Graph(const Life& life) : Theatre(life, shape_of(life.seed), life.seed * 86028121 + 17) {}

  static Shape shape_of(std::uint64_t seed) {
    Random random(seed + 1);
    Shape shape;
    shape.voters = random.one_of<std::uint64_t>({3, 3, 4, 5, 5, 6, 7});
    shape.chunk_entries = random.one_of<std::size_t>({2, 8});
    shape.delay_max = random.one_of({1.5, 4.0});
    return shape;
  }

  // A tree that connects all, and some links more.
  std::set<Direction> some_links() {
    auto order = cluster.ids();
    chance.shuffle(order);
    const double density = chance.one_of({0.0, 0.2, 0.5});
    const bool may_be_apart = chance.chance(0.3);
    std::set<Direction> links;
    for (std::size_t i = 1; i < order.size(); ++i) {
      const std::size_t parent = chance.below(i);
      for (std::size_t j = 0; j < i; ++j) {
        const bool in_tree = j == parent && !(may_be_apart && chance.chance(0.3));
        if (!in_tree && !chance.chance(density)) continue;
        links.insert({order[i], order[j]});
        links.insert({order[j], order[i]});
      }
    }
    return links;
  }

  bool somebody_reaches_a_majority() {
    const auto voters = cluster.history().members().voters();
    return std::ranges::any_of(voters, [&](NodeId id) {
      const auto reached = std::ranges::count_if(
          voters, [&](NodeId other) { return other == id || cluster.network.is_linked(id, other); });
      return static_cast<std::size_t>(reached) > voters.size() / 2;
    });
  }

  void live_with(const std::set<Direction>& links) {
    separate([&](NodeId a, NodeId b) { return !links.contains({a, b}); }, chance.chance(0.7));
    if (chance.chance(0.3)) {
      const NodeId id = chance.pick(cluster.ids());
      bounce(id, chance.between(0.5, 40));
      cluster.run_for(rounds(3));
    }
    if (!somebody_reaches_a_majority()) return cluster.run_for(rounds(chance.between(2, 10)));
    const Index decided = cluster.history().last();
    const double to_adopt = rounds_to_catch_up(cluster, least_decided(cluster));
    if (!cluster.run_until([&] { return cluster.history().last() > decided; },
                           rounds(rounds_to_decide + to_adopt))) {
      cluster.fail("L-b: nothing is decided although somebody reaches a majority" + cluster.describe());
    }
    cluster.run_for(rounds(rounds_to_settle + to_adopt));
    const std::size_t settled = cluster.established().size();
    cluster.run_for(rounds(rounds_of_peace));
    if (cluster.established().size() != settled) {
      cluster.fail("L-b: the leader changes while nothing else does" + cluster.describe());
    }
  }
};

}  // namespace

Outcome graph(const Life& life) {
  Graph play(life);
  play.clients.add_producer(5.0);
  play.clients.add_reader(20.0);
  play.cluster.run_for(rounds(6));
  const auto partitions = play.chance.one_of({1, 2, 3});
  for (int i = 0; i < partitions; ++i) play.live_with(play.some_links());
  return play.finish();
}

}  // namespace bellwether::simulation
