// Configuration changes by rival leaders: learners that are promoted, voters that are removed, while the
// cluster is split in two again and again.
#include "generators/theatre.hpp"

namespace bellwether::simulation {

namespace {

constexpr double length = 600;

struct Quad : Theatre {
  explicit Quad(const Life& life) : Theatre(life, shape_of(life.seed), life.seed * 32452843 + 5) {
    cluster.sync_time = {0.2, 1.5};
    if (chance.chance(0.2)) set_mild_network_faults();
  }

  static Shape shape_of(std::uint64_t seed) {
    Random random(seed + 1);
    Shape shape;
    shape.voters = random.one_of<std::uint64_t>({2, 3, 4, 4, 4});
    shape.learners = random.one_of<std::uint64_t>({1, 2});
    shape.chunk_entries = random.one_of<std::size_t>({1, 2, 4});
    shape.delay_min = 0.5;
    shape.delay_max = 2.0;
    return shape;
  }

  void remove_somebody(NodeId leader) {
    const Machine& machine = cluster.machine(leader);
    if (!machine.is_leading()) return;
    auto voters = machine.replica->tail_state().members().voters();
    std::erase(voters, leader);
    if (voters.size() < 2) return;
    remove_at(leader, chance.pick(voters));
  }

  void react(Happening happening, NodeId id) {
    if (happening == Happening::established) {
      for (const double delay : {0.02, 2.0, 6.0}) {
        if (chance.chance(0.5)) after(delay, [this, id] { remove_somebody(id); });
      }
    }
    if (happening != Happening::promised_another && chance.chance(0.4)) {
      after(chance.between(0, 4), [this] { slice(false); });
    }
  }

  void slice(bool again) {
    if (cluster.now() > units(length)) return;
    const double share = chance.one_of({0.3, 0.5, 0.7});
    const bool split = chance.chance(0.85);
    std::map<NodeId, bool> side;
    for (const NodeId id : cluster.ids()) side[id] = chance.chance(share);
    separate([&](NodeId a, NodeId b) { return split && side[a] != side[b]; });
    for (const NodeId id : cluster.ids()) {
      if (chance.chance(0.06)) bounce(id, chance.one_of({1.0, 20.0}));
    }
    if (cluster.machines().size() < 8 && chance.chance(0.2)) join();
    if (again) after(chance.between(20, 80), [this] { slice(true); });
  }
};

}  // namespace

Outcome quad(const Life& life) {
  Quad play(life);
  play.clients.add_producer(60.0);
  play.clients.add_reader(25.0);
  play.cluster.on_happening = [&](Happening happening, Machine& machine) {
    play.react(happening, machine.id);
  };
  play.after(play.chance.between(10, 40), [&] { play.slice(true); });
  play.cluster.run_to(units(length));
  return play.finish();
}

}  // namespace bellwether::simulation
