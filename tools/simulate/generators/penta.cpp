// Five nodes, a random three (or two) connected at a time.
#include "generators/theatre.hpp"

namespace bellwether::simulation {

namespace {

constexpr double length = 1000;

struct Penta : Theatre {
  explicit Penta(const Life& life)
      : Theatre(life, shape_of(life.seed), life.seed * 49979687 + 11),
        restarts(chance.one_of({0.2, 0.4})),
        eagerness(chance.one_of({0.0, 0.0, 0.3})) {
    cluster.sync_time = {0.2, 1.0};
    if (chance.chance(0.2)) set_mild_network_faults();
  }

  static Shape shape_of(std::uint64_t seed) {
    Random random(seed + 1);
    Shape shape;
    shape.voters = 5;
    shape.chunk_entries = random.one_of<std::size_t>({1, 8});
    shape.delay_min = 0.3;
    shape.delay_max = 1.5;
    return shape;
  }

  void slice() {
    if (cluster.now() > units(length)) return;
    const auto some = chance.sample(cluster.ids(), chance.one_of<std::size_t>({2, 3, 3, 3}));
    const std::set<NodeId> group(some.begin(), some.end());
    const bool others_meet = chance.chance(0.3);
    for (const NodeId id : cluster.ids()) {
      if (chance.chance(restarts * 0.5)) bounce(id, 0.3);
    }
    separate([&](NodeId a, NodeId b) {
      const bool a_in = group.contains(a), b_in = group.contains(b);
      return !(a_in && b_in) && !(others_meet && !a_in && !b_in);
    });
    after(chance.one_of({20.0, 50.0, 70.0}), [this] { slice(); });
  }

  double restarts;
  double eagerness;
};

}  // namespace

Outcome penta(const Life& life) {
  Penta play(life);
  play.clients.add_producer(12.0);
  play.cluster.on_happening = [&](Happening happening, Machine& machine) {
    if (happening != Happening::promised_another || !play.chance.chance(play.eagerness)) return;
    play.after(play.chance.between(0, 0.8), [&play, id = machine.id] { play.bounce(id, 0.3); });
  };
  play.after(play.chance.between(10, 40), [&] { play.slice(); });
  play.cluster.run_to(units(length));
  return play.finish();
}

}  // namespace bellwether::simulation
