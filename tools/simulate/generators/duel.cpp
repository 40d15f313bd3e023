// Few entries, quickly changing partitions, crashes, configuration changes asked of every new leader: the
// corner cases of ballots.
#include "generators/theatre.hpp"

namespace bellwether::simulation {

namespace {

struct Duel : Theatre {
  explicit Duel(const Life& life)
      : Theatre(life, shape_of(life.seed), life.seed * 104729 + 7),
        changes(chance.one_of({0.0, 0.4, 0.8})),
        eagerness(chance.one_of({0.0, 0.1, 0.3})),
        length(chance.one_of({600.0, 900.0})) {
    cluster.sync_time = chance.one_of<SyncTime>({{0.2, 2.0}, {2.0, 12.0}, {10.0, 40.0}});
    if (chance.chance(0.3)) {
      set_network_faults(
          {.loss = 0.05, .duplicates = chance.one_of({0.0, 0.1}), .reordering = chance.one_of({0.0, 0.1})});
    }
  }

  static Shape shape_of(std::uint64_t seed) {
    Random random(seed + 1);
    Shape shape;
    shape.voters = random.one_of<std::uint64_t>({3, 3, 4, 4, 5});
    shape.chunk_entries = random.one_of<std::size_t>({1, 1, 2, 4});
    shape.delay_min = 0.5;
    shape.delay_max = random.one_of({2.0, 6.0});
    return shape;
  }

  void bounce_somehow(NodeId id, double down_units) {
    const Crash kind = chance.one_of({Crash::any, Crash::lose_all});
    bounce(id, down_units, kind, chance.chance(0.8));
  }

  void on_established(Machine& machine) {
    const NodeId id = machine.id;
    const auto& members = machine.replica->tail_state().members().all();
    if (chance.chance(changes) && members.size() > 1) {
      const NodeId leaver = chance.pick(members).first;
      after(chance.between(0.1, 8), [this, id, leaver] { remove_at(id, leaver); });
    }
    if (chance.chance(changes * 0.5) && cluster.machines().size() < 8) {
      after(chance.between(0.1, 8), [this] { join(); });
    }
    if (chance.chance(0.35)) {
      const double down = chance.one_of({0.5, 2.0, 20.0, 60.0});
      after(chance.between(0.1, 12), [this, id, down] { bounce_somehow(id, down); });
    }
  }

  void react(Happening happening, Machine& machine) {
    if (happening == Happening::established) on_established(machine);
    if (chance.chance(eagerness)) after(chance.between(0, 6), [this] { slice(false); });
    if (happening == Happening::promised_another && chance.chance(eagerness)) {
      const double down = chance.one_of({0.3, 1.0, 4.0});
      after(chance.between(0, 5), [this, id = machine.id, down] { bounce_somehow(id, down); });
    }
  }

  void partition() {
    const double kind = chance.real();
    const bool peers_notice = chance.chance(0.7);
    std::map<NodeId, bool> side;
    for (const NodeId id : cluster.ids()) side[id] = chance.chance(0.5);
    const NodeId hub = chance.chance(0.5) ? chance.pick(cluster.ids()) : nobody;
    separate(
        [&](NodeId a, NodeId b) {
          if (kind < 0.6) return side[a] != side[b] && a != hub && b != hub;
          return kind < 0.75 && chance.chance(0.25);
        },
        peers_notice);
  }

  void slice(bool again) {
    if (cluster.now() > units(length)) return;
    partition();
    for (const NodeId id : cluster.ids()) {
      const double kind = chance.real();
      if (kind < 0.12 && cluster.machine(id).is_running()) {
        bounce_somehow(id, chance.one_of({0.5, 2.0, 20.0, 60.0}));
      } else if (kind < 0.22) {
        slow_disk(id, chance.one_of({1.0, 1.0, 8.0}));
      }
    }
    if (again) after(chance.between(10, 80), [this] { slice(true); });
  }

  double changes;
  double eagerness;
  double length;
};

}  // namespace

Outcome duel(const Life& life) {
  Duel play(life);
  play.clients.add_producer(play.chance.one_of({10.0, 25.0}));
  play.clients.add_plain(30.0);
  play.clients.add_reader(10.0);
  const auto joins = play.changes > 0 ? play.chance.below(3) : 0;
  for (std::uint64_t i = 0; i < joins; ++i) play.after(play.chance.between(20, 60), [&] { play.join(); });
  play.cluster.on_happening = [&](Happening happening, Machine& machine) { play.react(happening, machine); };
  play.after(play.chance.between(10, 40), [&] { play.slice(true); });
  play.cluster.run_to(units(play.length));
  return play.finish();
}

}  // namespace bellwether::simulation
