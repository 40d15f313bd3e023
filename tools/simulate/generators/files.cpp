// The storage code of a real node under each node: its process and its power end at any operation on its files, while
// small segments fill up, checkpoints are written and the front of the log is dropped.
#include "generators/theatre.hpp"

namespace bellwether::simulation {

namespace {

constexpr double length = 600;

struct Files : Theatre {
  explicit Files(const Life& life)
      : Theatre(life, shape_of(life.seed), life.seed * 86028121 + 17),
        calm(chance.one_of({6.0, 12.0, 25.0})) {
    cluster.sync_time = chance.one_of<SyncTime>({{0.2, 2.0}, {0.5, 3.0}, {2.0, 12.0}});
    if (chance.chance(0.3)) set_mild_network_faults();
    choose_troubles();
  }

  static Shape shape_of(std::uint64_t seed) {
    Random random(seed + 1);
    Shape shape;
    shape.voters = random.one_of<std::uint64_t>({3, 3, 3, 5});
    shape.chunk_entries = random.one_of<std::size_t>({1, 3, 8});
    shape.segment_bytes = random.one_of<std::uint64_t>({4096, 8192, 16384, 32768});
    shape.delay_min = 0.5;
    shape.delay_max = 2.0;
    return shape;
  }

  void add_clients() {
    for (int i = 0; i < 2; ++i) clients.add_producer(chance.one_of({2.0, 5.0}));
    clients.add_plain(chance.one_of({3.0, 10.0}));
    clients.add_reader(20.0);
  }

  void trouble() {
    if (cluster.now() >= units(length)) return;
    (this->*troubles[chance.weighted(weights)])();
    after(chance.waiting(calm), [this] { trouble(); });
  }

  // Somebody may start it again as a new member.
  void rejoin(NodeId refused) {
    if (chance.chance(0.3)) return;
    after(chance.between(1, 30), [this, refused] {
      if (cluster.now() < units(length)) clients.join(0, {}, refused);
    });
  }

  const double calm;  // between two troubles, on average, in units

 private:
  using Trouble = void (Files::*)();

  void choose_troubles() {
    const auto add = [this](Trouble kind, std::uint64_t weight) {
      troubles.push_back(kind);
      weights.push_back(weight);
    };
    add(&Files::bounce_one, 6);
    add(&Files::bounce_all, chance.one_of<std::uint64_t>({0, 1}));
    add(&Files::isolate_one, chance.one_of<std::uint64_t>({0, 1, 2}));
    add(&Files::heal, 2);
    add(&Files::slow_a_disk, 1);
    add(&Files::stall_a_disk, chance.one_of<std::uint64_t>({0, 1}));
    add(&Files::pause_one, chance.one_of<std::uint64_t>({0, 1}));
    add(&Files::stop_one, chance.one_of<std::uint64_t>({0, 1}));
    add(&Files::join_one, chance.one_of<std::uint64_t>({0, 1}));
    // Not both: a removal that was asked for before may leave too few.
    const bool harms = chance.chance(0.6);
    add(&Files::leave_one, harms ? 0 : 1);
    add(&Files::flip_bytes_of_one, harms ? chance.one_of<std::uint64_t>({0, 1, 2}) : 0);
    add(&Files::misdirect_one, harms ? chance.one_of<std::uint64_t>({0, 1, 2}) : 0);
    add(&Files::fill_one, chance.one_of<std::uint64_t>({0, 0, 1, 2}));
    add(&Files::compact_one, chance.one_of<std::uint64_t>({0, 1, 3}));
  }

  void bounce_somehow(NodeId id) {
    const double down = chance.one_of({0.5, 5.0, 40.0});
    const Crash kind = chance.one_of({Crash::any, Crash::any, Crash::any, Crash::lose_all, Crash::keep_all});
    bounce(id, down, kind, chance.chance(0.8));
  }
  void bounce_one() {
    const auto up = cluster.running();
    if (!up.empty()) bounce_somehow(chance.pick(up));
  }
  void bounce_all() {
    for (const NodeId id : cluster.running()) bounce_somehow(id);
  }
  void isolate_one() {
    const NodeId odd = chance.pick(cluster.ids());
    separate([odd](NodeId a, NodeId b) { return a == odd || b == odd; });
  }
  void heal() { cluster.heal_all(); }
  void slow_a_disk() {
    const NodeId id = chance.pick(cluster.ids());
    slow_disk(id, chance.one_of({1.0, 10.0, 60.0}));
  }
  void stall_a_disk() {
    const NodeId id = chance.pick(cluster.ids());
    stall_disk(id, chance.one_of({30.0, 120.0}));
  }
  void pause_one() {
    const auto up = cluster.running();
    if (!up.empty()) pause(chance.pick(up), 60.0);
  }
  void stop_one() {
    const auto up = cluster.running();
    if (up.empty()) return;
    const NodeId id = chance.pick(up);
    stop(id, chance.between(0, 10), chance.between(1, 40));
  }
  void join_one() {
    if (cluster.history().members().all.size() < 5) join();
  }
  void leave_one() {
    const auto& members = cluster.history().members().all;
    if (members.size() <= 3) return;
    leave(chance.pick(members).first);
  }
  void flip_bytes_of_one() {
    const NodeId id = chance.pick(cluster.history().members().voters());
    const double down = chance.between(0.5, 40);
    flip_bytes(id, down, chance.between(1, 60));
  }
  void misdirect_one() { misdirect_write(chance.pick(cluster.history().members().voters())); }
  void fill_one() {
    const NodeId id = chance.pick(cluster.ids());
    fill_files(id, chance.one_of({20.0, 100.0}));
  }

  std::vector<Trouble> troubles;
  std::vector<std::uint64_t> weights;
};

}  // namespace

Outcome files(const Life& life) {
  Files play(life);
  play.add_clients();
  play.cluster.on_refusal = [&](NodeId id) { play.rejoin(id); };
  play.after(play.chance.between(10, 40), [&] { play.trouble(); });
  play.cluster.run_to(units(length));
  return play.finish();
}

}  // namespace bellwether::simulation
