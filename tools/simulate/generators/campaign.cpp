// Everything at once, each run with another mix.
#include <array>

#include "generators/theatre.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {

namespace {

constexpr std::size_t members_max = 7;  // no more join

std::map<NodeId, std::uint32_t> some_priorities(Random& random) {
  std::map<NodeId, std::uint32_t> priorities;
  for (std::uint64_t i = 1; i < 10; ++i) priorities[NodeId{i}] = random.one_of<std::uint32_t>({0, 0, 1, 2});
  return priorities;
}

struct Campaign : Theatre {
  explicit Campaign(const Life& life)
      : Theatre(life, shape_of(life.seed), life.seed * 7919 + 13),
        length(chance.one_of({600.0, 1000.0, 1600.0})),
        calm(chance.one_of({10.0, 20.0, 40.0, 80.0})),
        recoveries(life.seed + 3) {
    choose_faults();
    if (recoveries.chance(0.2)) recover_now_and_then();
  }
  Campaign(Campaign& former, NodeId survivor)
      : Theatre(former, survivor, former.recoveries.next()),
        length(former.length),
        calm(chance.one_of({10.0, 20.0, 40.0, 80.0})),
        recoveries(former.recoveries.next()) {
    choose_faults();
    if (recoveries.chance(0.3)) recover_now_and_then();
    clients.take_over(former.clients, recoveries.chance(0.5), 8.0);
    clients.add_reader(12.0);
    after(chance.between(0, 60), [this] { trouble(); });
  }

  void choose_faults() {
    if (chance.chance(0.5)) {
      set_network_faults({.loss = chance.one_of({0.0, 0.01, 0.05, 0.15}),
                          .duplicates = chance.one_of({0.0, 0.02, 0.1}),
                          .reordering = chance.one_of({0.0, 0.02, 0.1}),
                          .late_reads = chance.one_of({0.0, 0.05, 0.2})});
    }
    if (chance.chance(0.4)) cluster.sync_time = chance.one_of<SyncTime>({{0.5, 10}, {5, 30}, {0.1, 0.5}});
    choose_troubles();
  }

  static Shape shape_of(std::uint64_t seed) {
    Random random(seed + 1);
    Shape shape;
    shape.voters = random.chance(0.12) ? 1 : random.one_of<std::uint64_t>({1, 2, 3, 3, 3, 4, 5, 5, 7});
    if (random.chance(0.2)) shape.priorities = some_priorities(random);
    shape.chunk_entries = random.one_of<std::size_t>({1, 2, 3, 8});
    shape.window_bytes = random.one_of<std::size_t>({300, 2'000, 1 << 20});
    shape.evict_rounds = random.one_of<std::uint64_t>({0, 0, 8, 15});
    if (random.chance(0.3)) {
      shape.producer_limits = {.producers_max = random.one_of<std::size_t>({3, 5, 8}),
                               .groups_per_producer_max = random.one_of<std::size_t>({1, 2, 3, 8}),
                               .groups_max = random.one_of<std::size_t>({4, 8, 64})};
    }
    shape.unsynced_bytes_max = random.one_of<std::uint64_t>({1'000, 10'000, 64 << 20});
    return shape;
  }

  void add_clients() {
    const int count = chance.one_of({1, 2, 3});
    for (int i = 0; i < count; ++i) clients.add_producer(chance.one_of({3.0, 8.0, 20.0}));
    if (chance.chance(0.4)) {
      for (int i = 0; i < 3; ++i) clients.add_producer(40.0);
    }
    if (chance.chance(0.7)) clients.add_plain(chance.one_of({5.0, 20.0}));
    clients.add_reader(12.0);
  }

  void trouble() {
    if (cluster.now() >= units(length)) return;
    (this->*troubles[chance.weighted(weights)])();
    after(chance.waiting(calm), [this] { trouble(); });
  }

  double length;
  double calm;  // between two troubles, on average, in units

 private:
  Random recoveries;  // apart from the plan, as the compactions are

  void recover_now_and_then() {
    after(recoveries.waiting(300), [this] {
      if (cluster.now() >= units(length)) return;
      recover_one();
      recover_now_and_then();
    });
  }
  // At most two of one cluster. The others go on, or give up what they have and join one of the new clusters.
  void recover_one() {
    std::vector<NodeId> left;
    for (const auto& [id, machine] : cluster.machines()) {
      if (!machine.gone) left.push_back(id);
    }
    if (left.empty()) return;
    const NodeId id = recoveries.pick(left);
    if (!successors().empty() && recoveries.chance(0.6)) {
      const auto into = recoveries.below(successors().size());
      Theatre& other = *successors()[into];
      if (other.cluster.history().members().all.size() < members_max) rejoin(id, other);
    } else if (successors().size() < 2) {
      recover(id, [this, id] { return std::make_unique<Campaign>(*this, id); });
    }
  }

  using Trouble = void (Campaign::*)();

  void choose_troubles() {
    const auto add = [this](Trouble kind, std::uint64_t weight) {
      troubles.push_back(kind);
      weights.push_back(weight);
    };
    add(&Campaign::crash_one, chance.one_of<std::uint64_t>({0, 1, 3}));
    add(&Campaign::restart_one, 3);
    add(&Campaign::cut_one, chance.one_of<std::uint64_t>({0, 2}));
    add(&Campaign::heal_some, 2);
    add(&Campaign::partial_partition, chance.one_of<std::uint64_t>({0, 1, 1}));
    add(&Campaign::slow_a_disk, 1);
    add(&Campaign::join_one, chance.one_of<std::uint64_t>({0, 1, 2}));
    add(&Campaign::leave_one, chance.one_of<std::uint64_t>({0, 1, 2}));
    add(&Campaign::hand_over, chance.one_of<std::uint64_t>({0, 1}));
    add(&Campaign::crash_leader, chance.one_of<std::uint64_t>({0, 1, 2}));
    add(&Campaign::bounce_one, chance.one_of<std::uint64_t>({0, 2}));
    add(&Campaign::pause_one, chance.one_of<std::uint64_t>({0, 1, 2}));
    add(&Campaign::blip_one, chance.one_of<std::uint64_t>({0, 2}));
    add(&Campaign::stall_disk_of_one, chance.one_of<std::uint64_t>({0, 1}));
    add(&Campaign::move_a_clock, 1);
    add(&Campaign::update_one, chance.one_of<std::uint64_t>({0, 1}));
    add(&Campaign::stop_one, chance.one_of<std::uint64_t>({0, 1}));
    add(&Campaign::damage_one, chance.one_of<std::uint64_t>({0, 0, 1}));
    add(&Campaign::rot_one, chance.one_of<std::uint64_t>({0, 1, 2}));
    add(&Campaign::fill_some_disks, chance.one_of<std::uint64_t>({0, 0, 1, 3}));
  }

  void crash_one() {
    const auto up = cluster.running();
    if (up.empty()) return;
    const NodeId id = chance.pick(up);
    crash(id, chance.chance(0.8));
  }
  void restart_one() {
    std::vector<NodeId> down;
    for (const auto& [id, machine] : cluster.machines()) {
      if (!machine.is_running() && !machine.gone) down.push_back(id);
    }
    if (!down.empty()) cluster.start(chance.pick(down));
  }
  void bounce_one() {
    const auto up = cluster.running();
    if (up.empty()) return;
    const NodeId id = chance.pick(up);
    const double down = chance.between(0.1, 30);
    bounce(id, down, Crash::any, chance.chance(0.8));
  }
  void crash_leader() {
    const auto leading = cluster.leaders();
    if (leading.empty()) return;
    const NodeId id = chance.pick(leading);
    crash(id, chance.chance(0.8));
    if (chance.chance(0.6)) after(chance.between(0.1, 60), [this, id] { cluster.start(id); });
  }
  void cut_one() {
    const auto two = chance.sample(cluster.ids(), 2);
    if (two.size() < 2) return;
    const bool both_ways = chance.chance(0.7);
    cut(two[0], two[1], both_ways, chance.chance(0.7));
  }
  void heal_some() {
    if (chance.chance(0.4)) {
      cluster.heal_all();
    } else if (!cluster.network.cuts().empty()) {
      const auto [from, to] = chance.pick(cluster.network.cuts());
      cluster.heal(from, to);
    }
  }
  void slow_a_disk() {
    const NodeId id = chance.pick(cluster.ids());
    slow_disk(id, chance.one_of({1.0, 1.0, 10.0, 60.0}));
  }
  void stall_disk_of_one() {
    const NodeId id = chance.pick(cluster.ids());
    stall_disk(id, chance.one_of({30.0, 120.0, 400.0}));
  }
  // One, some or all: as a rule first hardly any room, then none.
  void fill_some_disks() {
    auto ids = cluster.ids();
    if (chance.chance(0.7)) ids = chance.sample(ids, 1 + chance.below(ids.size()));
    for (const NodeId id : ids) {
      const double first = chance.between(0, 30), lasts = chance.one_of({10.0, 60.0, 200.0});
      if (chance.chance(0.5)) fill_disk(id, replication::Room::low, first + lasts);
      const bool fills_up = chance.chance(0.7);
      if (fills_up) after(first, [this, id, lasts] { fill_disk(id, replication::Room::none, lasts); });
    }
  }
  void pause_one() {
    const auto up = cluster.running();
    if (up.empty()) return;
    const NodeId id = chance.pick(up);
    pause(id, chance.one_of({10.0, 60.0, 200.0}));
  }
  void blip_one() {
    const auto two = chance.sample(cluster.running(), 2);
    if (two.size() == 2) blip(two[0], two[1], chance.between(0.1, 10));
  }
  void move_a_clock() {
    const NodeId id = chance.pick(cluster.ids());
    move_clock(id, chance.one_of<std::uint64_t>({0, 86'400'000, 1'000'000'000'000}));
  }
  void join_one() {
    if (cluster.history().members().all.size() >= members_max) return;
    const bool stays_learner = chance.chance(0.15);
    join(cluster.shape.priorities.empty() ? 0 : chance.one_of<std::uint32_t>({0, 0, 1}), stays_learner);
  }
  void leave_one() {
    const auto& members = cluster.history().members().all;
    if (!members.empty()) leave(chance.pick(members).first);
  }

  void update_one() {
    const auto leading = cluster.leaders();
    if (leading.empty()) return;
    const NodeId leader = chance.pick(leading);
    const NodeId member = chance.pick(cluster.history().members().all).first;
    update_address(leader, member, "moved" + text(member) + ":" + std::to_string(7'000 + chance.below(9)));
  }
  void damage_one() {
    const auto up = cluster.running();
    if (up.empty()) return;
    const NodeId id = chance.pick(up);
    const double share = chance.chance(0.5) ? chance.between(0.8, 1) : chance.real();
    damage(id, share, chance.between(0.1, 60));
  }
  void rot_one() {
    const NodeId id = chance.pick(cluster.ids());
    const double share = chance.real(), read_after = chance.between(0, 40);
    rot(id, share, chance.one_of<Index>({1, 3, 10, 30}), read_after);
  }
  void stop_one() {
    const auto up = cluster.running();
    if (up.empty()) return;
    const NodeId id = chance.pick(up);
    const double takes = chance.between(0, 40);
    stop(id, takes, chance.between(1, 60));
  }

  void hand_over() {
    const auto leading = cluster.leaders();
    if (leading.empty()) return;
    const NodeId leader = chance.pick(leading);
    if (chance.chance(0.3)) return resign(leader);
    auto voters = cluster.machine(leader).replica->tail_state().members().voters();
    std::erase(voters, leader);
    if (!voters.empty()) move_leader(leader, chance.pick(voters));
  }

  // Cuts links to form one of the partial partitions, or a random graph.
  void partial_partition() {
    const auto all = cluster.ids();
    if (all.size() < 3) return;
    const double kind = chance.real();
    const NodeId hub = chance.pick(all);
    auto order = all;
    chance.shuffle(order);
    const auto place = [&](NodeId id) { return std::ranges::find(order, id) - order.begin(); };
    const auto half = static_cast<std::ptrdiff_t>(all.size() / 2);
    const bool one_way = chance.chance(0.2), peers_notice = chance.chance(0.7);
    std::set<Direction> wanted;
    for (const NodeId a : all) {
      for (const NodeId b : all) {
        if (a >= b) continue;
        bool apart = chance.chance(0.35);
        if (kind < 0.25)
          apart = hub != a && hub != b;  // all see the hub only
        else if (kind < 0.45)
          apart = std::abs(place(a) - place(b)) > 1;  // a chain
        else if (kind < 0.65)
          apart = hub == a || hub == b;  // one is alone
        else if (kind < 0.85)
          apart = (place(a) < half) != (place(b) < half);  // two halves
        if (!apart) continue;
        const bool turned = one_way && chance.chance(0.5);
        if (!one_way || turned) wanted.insert({b, a});
        if (!one_way || !turned) wanted.insert({a, b});
      }
    }
    separate([&](NodeId a, NodeId b) { return wanted.contains({a, b}); }, peers_notice);
    after(chance.between(40, 300), [this] { cluster.heal_all(); });
  }

  std::vector<Trouble> troubles;
  std::vector<std::uint64_t> weights;
};

}  // namespace

Outcome campaign(const Life& life) {
  Campaign play(life);
  play.add_clients();
  play.after(play.chance.between(0, 60), [&] { play.trouble(); });
  play.cluster.run_to(units(play.length));
  return play.finish();
}

}  // namespace bellwether::simulation
