// Three nodes, one pair (or all) connected at a time, restarts while ballots change hands.
#include "generators/theatre.hpp"

namespace bellwether::simulation {

namespace {

constexpr double length = 700;

struct Trio : Theatre {
  explicit Trio(const Life& life)
      : Theatre(life, shape_of(life.seed), life.seed * 15485863 + 3),
        restarts(chance.one_of({0.15, 0.35, 0.6})),
        eagerness(chance.one_of({0.0, 0.4, 0.7})) {
    cluster.sync_time = chance.one_of<SyncTime>({{0.2, 2.0}, {0.2, 2.0}, {2.0, 12.0}});
    if (chance.chance(0.2)) set_mild_network_faults();
  }

  static Shape shape_of(std::uint64_t seed) {
    Random random(seed + 1);
    Shape shape;
    shape.chunk_entries = random.one_of<std::size_t>({1, 1, 3});
    shape.delay_min = 0.5;
    shape.delay_max = 2.0;
    return shape;
  }

  void bounce_somehow(NodeId id) {
    const double down = chance.one_of({0.5, 2.0, 20.0});
    const Crash kind = chance.one_of({Crash::any, Crash::lose_all, Crash::keep_all});
    bounce(id, down, kind, chance.chance(0.8));
  }

  void react(Happening happening, NodeId id) {
    if (happening == Happening::established && chance.chance(eagerness)) {
      after(chance.between(0, 5), [this] { slice(false); });
    }
    if (happening == Happening::promised_another && chance.chance(eagerness * 0.5)) {
      after(chance.between(0, 1.5), [this, id] { bounce_somehow(id); });
    }
  }

  void slice(bool again) {
    if (cluster.now() > units(length)) return;
    const auto kind = chance.below(7);
    const NodeId odd{kind % 3 + 1};
    if (kind < 3) {  // one is alone
      separate([odd](NodeId a, NodeId b) { return a == odd || b == odd; });
    } else if (kind < 6) {  // a chain with that one in the middle
      separate([odd](NodeId a, NodeId b) { return a != odd && b != odd; });
    } else {
      separate([](NodeId, NodeId) { return false; });
    }
    const double duration = chance.one_of({6.0, 20.0, 40.0, 80.0});
    if (chance.chance(0.2)) {
      const NodeId id = chance.pick(cluster.ids());
      const double share = chance.real(), read_after = chance.between(0, duration);
      rot(id, share, chance.one_of<Index>({1, 4, 12}), read_after);
    }
    for (const NodeId id : cluster.ids()) {
      if (chance.chance(restarts * 0.5))
        after(chance.between(0, duration), [this, id] { bounce_somehow(id); });
    }
    if (again) after(duration, [this] { slice(true); });
  }

  double restarts;
  double eagerness;
};

}  // namespace

Outcome trio(const Life& life) {
  Trio play(life);
  play.clients.add_producer(play.chance.one_of({6.0, 15.0}));
  play.clients.add_plain(25.0);
  play.clients.add_reader(10.0);
  play.cluster.on_happening = [&](Happening happening, Machine& machine) {
    play.react(happening, machine.id);
  };
  play.after(play.chance.between(10, 40), [&] { play.slice(true); });
  play.cluster.run_to(units(length));
  return play.finish();
}

}  // namespace bellwether::simulation
