// Logs that begin behind a base: compaction, installation, and what is on its way meanwhile (consensus.md T13, T15,
// T20, sections 7 and 12).
#include <algorithm>
#include <array>

#include "scenarios/questions.hpp"
#include "scenarios/stage.hpp"
#include "state/state_encoding.hpp"

namespace bellwether::simulation {
namespace {

constexpr std::array crashes = {Crash::any, Crash::lose_all, Crash::keep_all};

Shape in_small_chunks(Shape shape) {
  shape.snapshot_chunk_bytes = 40;  // the state of a few members takes some ten of them
  return shape;
}

void compact_now(Stage& stage, NodeId id) {
  stage.cluster.checkpoint(id);
  stage.cluster.compact(id, stage.replica(id).decided());
}

void decide_some(Stage& stage, NodeId leader, int count) {
  for (int i = 0; i < count; ++i) place_plain_entry(stage, leader);
  const Index last = stage.replica(leader).last();
  const auto is_decided = [&] {
    return stage.replica(leader).decided() >= last && stage.replica(leader).durable() >= last;
  };
  stage.wait_until(is_decided, 8, "the entries are decided");
}

// One that is cut off misses what the others decide and drop.
struct Behind {
  Stage stage;
  NodeId leader = nobody;
  NodeId follower = nobody;

  explicit Behind(const Shape& shape) : stage(shape, false) {
    leader = stage.steady_leader();
    follower = stage.other_than(leader);
    stage.cut_all_of(follower, false);
    decide_some(stage, leader, 12);
    compact_now(stage, leader);
    stage.expect(stage.replica(leader).base() > stage.replica(follower).last(),
                 "the leader has dropped it all");
    place_plain_entry(stage, leader);
  }
  void expect_caught_up(double rounds_max) {
    const auto has_all = [&] {
      return stage.replica(follower).base() > 0 &&
             stage.replica(follower).decided() >= stage.cluster.history().last();
    };
    stage.wait_until(has_all, rounds_max, "the follower begins behind a base and has everything");
    stage.clients.add_producer(4.0);
    stage.expect_progress(10);
  }
};

void who_lacks_what_is_dropped_gets_the_base_first(const Life& life) {
  Behind behind(in_small_chunks(shape_of(life, 3)));
  behind.stage.cluster.heal_all();
  behind.expect_caught_up(25);
}

// T15. Its own entries, which nobody decides, stand where the others' decided ones were.
void a_conflicting_log_gives_way_to_the_snapshot(const Life& life) {
  Stage stage(in_small_chunks(shape_of(life, 3)), false);
  Cluster& cluster = stage.cluster;
  const NodeId old = stage.steady_leader();
  stage.cut_all_of(old, false);
  const Index before = stage.replica(old).last();
  for (std::uint64_t i = 0; i < 4 + life.seed % 16; ++i) place_plain_entry(stage, old);
  const NodeId next = stage.next_leader(20);
  decide_some(stage, next, 8);
  compact_now(stage, next);
  const Index base = stage.replica(next).base();
  stage.expect(base > before, "more is dropped than the old leader knows to be decided");
  cluster.heal_all();
  stage.wait_until([&] { return stage.replica(old).base() == base; }, 25, "the old leader's log is replaced");
  stage.clients.add_producer(4.0);
  stage.expect_progress(10);
}

SnapshotChunk whole_base_of(Stage& stage, NodeId leader) {
  const auto& base = *stage.cluster.machine(leader).checkpoints.back();
  return {.ballot = stage.replica(leader).promised(),
          .of = replication::name_of(base),
          .position = 0,
          .bytes = base.state,
          .decided = stage.replica(leader).decided(),
          .read = 0};
}

void tell(Stage& stage, NodeId from, NodeId to, const SnapshotChunk& chunk) {
  stage.cluster.step(to, [from, chunk](auto& replica) { replica.on_message(from, chunk); });
}

// T15. The follower has the entries, and does not know that they are decided, or it does.
void a_snapshot_of_what_is_here_replaces_nothing(const Life& life) {
  Stage stage(shape_of(life, 3), false);
  Cluster& cluster = stage.cluster;
  const NodeId leader = stage.steady_leader();
  const NodeId follower = stage.other_than(leader);
  decide_some(stage, leader, 3);
  cluster.run_for(rounds(2));
  compact_now(stage, leader);
  const SnapshotChunk known = whole_base_of(stage, leader);
  cluster.cut_one_way(follower, leader, false);
  for (std::uint64_t i = 0; i < 4; ++i) place_plain_entry(stage, leader);
  const Index last = stage.replica(leader).last();
  const auto is_there = [&] { return stage.replica(follower).last() == last; };
  stage.wait_until(is_there, 4, "the follower gets the entries");
  cluster.cut_one_way(leader, follower, false);
  stage.wait_until([&] { return stage.replica(leader).decided() == last; }, 6, "they are decided");
  for (std::uint64_t i = 0; i < life.seed % 3; ++i) place_plain_entry(stage, leader);
  tell(stage, leader, follower, known);
  stage.expect(is_there() && stage.replica(follower).base() == 0,
               "a snapshot of what is decided changes nothing");
  cluster.checkpoint(leader);
  tell(stage, leader, follower, whole_base_of(stage, leader));
  stage.expect(is_there() && stage.replica(follower).base() == 0,
               "a log that has the snapshot's entry is kept");
  stage.expect(stage.replica(follower).decided() == last, "what the snapshot stands for is decided");
  cluster.heal_all();
  stage.clients.add_producer(4.0);
  stage.expect_progress(10);
}

// The link lives for a few chunks at a time only.
void an_interrupted_snapshot_goes_on(const Life& life) {
  Shape shape = quick(in_small_chunks(shape_of(life, 3)));
  shape.snapshot_chunk_bytes = 5;
  Behind behind(shape);
  Cluster& cluster = behind.stage.cluster;
  const auto is_there = [&] { return behind.stage.replica(behind.follower).base() > 0; };
  const NodeId other{6 - number(behind.leader) - number(behind.follower)};
  cluster.heal(other, behind.follower);
  const double chunks = static_cast<double>(whole_base_of(behind.stage, behind.leader).of.total) / 5;
  behind.stage.expect(chunks > 20, "the snapshot takes many chunks");
  for (int i = 0; i < 60 && !is_there(); ++i) {
    cluster.heal(behind.leader, behind.follower);
    cluster.run_for(units(chunks * 0.3));  // a chunk and its answer take 0.7 units
    cluster.cut(behind.leader, behind.follower, true, false);
    cluster.run_for(units(2));
  }
  behind.stage.expect(is_there(), "the snapshot arrives piece by piece");
  cluster.heal_all();
  behind.expect_caught_up(15);
}

// The base that it is being sent is not the leader's base any more.
void a_snapshot_goes_on_while_the_leader_drops_more(const Life& life) {
  Behind behind(in_small_chunks(shape_of(life, 3)));
  Stage& stage = behind.stage;
  stage.cluster.heal_all();
  for (int i = 0; i < 8; ++i) {
    stage.cluster.run_for(units(6));
    const auto* leader = stage.cluster.settled_leader();
    if (leader == nullptr) continue;
    place_plain_entry(stage, leader->id);
    compact_now(stage, leader->id);
  }
  behind.expect_caught_up(25);
}

// All have dropped what the only connected node lacks; T13: who gives it its base dies half-way, at times.
void a_candidate_fetches_the_base_of_a_promiser(const Life& life) {
  Stage stage(in_small_chunks(shape_of(life, 5)), false);
  Cluster& cluster = stage.cluster;
  const NodeId dead = stage.steady_leader();
  const auto others = stage.others(dead);
  const NodeId candidate = others[0], first = others[1], second = others[2], third = others[3];
  stage.cut_all_of(candidate, false);
  decide_some(stage, dead, 12);
  const Index decided = stage.replica(dead).decided();
  const auto have_all = [&] {
    return std::ranges::all_of(std::array{first, second, third},
                               [&](NodeId id) { return stage.replica(id).decided() >= decided; });
  };
  stage.wait_until(have_all, 6, "the others know that it is decided");
  for (const NodeId id : {first, second, third}) compact_now(stage, id);
  cluster.crash(dead);
  cluster.connect_only({{candidate, first}, {candidate, second}});
  if (life.seed % 2 == 1) {
    const auto stands = [&] { return stage.replica(candidate).role() == replication::Role::candidate; };
    stage.wait_until(stands, 20, "the connected node stands");
    cluster.run_for(units(cluster.random.between(5, 40)));
    cluster.crash(life.seed % 4 == 1 ? first : second);
    cluster.heal(candidate, third);
  }
  const auto leads = [&] { return stage.replica(candidate).is_established(); };
  stage.wait_until(leads, 40, "the connected node leads");
  stage.expect(stage.replica(candidate).base() >= decided, "behind a base that it was given");
  for (const NodeId id : cluster.ids()) cluster.start(id);
  cluster.heal_all();
  stage.clients.add_producer(4.0);
  stage.expect_progress(12);
}

void a_restart_right_after_a_compaction_or_installation_finds_all(const Life& life) {
  const Crash kind = crashes[life.seed % crashes.size()];
  Behind behind(in_small_chunks(shape_of(life, 3)));
  Stage& stage = behind.stage;
  stage.cluster.heal_all();
  stage.wait_until([&] { return stage.replica(behind.follower).base() > 0; }, 25,
                   "the snapshot is installed");
  stage.cluster.crash(behind.follower, true, kind);
  stage.cluster.run_for(units(stage.cluster.random.between(0, 30)));
  stage.cluster.start(behind.follower);
  behind.expect_caught_up(25);
  const NodeId third{6 - number(behind.leader) - number(behind.follower)};
  for (const NodeId id : {third, behind.leader}) {
    compact_now(stage, id);
    stage.cluster.crash(id, true, kind);
    stage.cluster.start(id);
    stage.expect_progress(12);
  }
}

// L12. The old leader gets a snapshot in place of the entries that its clients wait for.
void who_waits_for_what_a_snapshot_covers_is_told_what_is_certain(const Life& life) {
  Stage stage(in_small_chunks(quick(shape_of(life, 3))), false);
  Cluster& cluster = stage.cluster;
  const NodeId old = stage.steady_leader();
  const ProducerId producer = register_at(stage, old);
  cluster.run_for(rounds(1));
  stage.cut_all_of(old, true);
  Heard stored, lost, plain, repeated;
  const Tag tag = cluster.next_tag(), never = cluster.next_tag();
  append(stage, old, producer, 1, tag, stored);
  cluster.run_for(units(2));
  append(stage, old, producer, 2, never, lost);
  append(stage, old, no_producer, 0, cluster.next_tag(), plain);
  const NodeId next = stage.next_leader(8);
  append(stage, next, producer, 1, tag, repeated);
  stage.wait_until([&] { return is_stored(repeated); }, 4, "the group is stored by the next leader");
  decide_some(stage, next, 8);
  compact_now(stage, next);
  cluster.heal_all();
  stage.wait_until([&] { return stored && lost && plain; }, 12, "all who wait are answered");
  stage.expect(stage.replica(old).base() > 0, "a snapshot was installed");
  stage.expect(is_stored(stored), "the table of producers knows the group");
  stage.expect(refusal(lost) == ErrorCode::retry, "what the table has no place for is not stored");
  stage.expect(refusal(plain) == ErrorCode::unknown, "of a group without a producer nothing is known");
}

}  // namespace

std::vector<Scenario> snapshot_scenarios() {
  return {
      {"snapshot", "T15", "who lacks what is dropped gets the base first",
       who_lacks_what_is_dropped_gets_the_base_first},
      {"snapshot-on-conflict", "T15", "a conflicting log gives way to the snapshot",
       a_conflicting_log_gives_way_to_the_snapshot},
      {"snapshot-on-match", "T15", "a snapshot of what is here replaces nothing",
       a_snapshot_of_what_is_here_replaces_nothing},
      {"interrupted-snapshot", "", "an interrupted snapshot goes on", an_interrupted_snapshot_goes_on},
      {"moving-base", "", "a snapshot goes on while the leader drops more",
       a_snapshot_goes_on_while_the_leader_drops_more},
      {"adopted-base", "T13", "a candidate fetches the base of a promiser",
       a_candidate_fetches_the_base_of_a_promiser},
      {"restart-at-base", "", "a restart right after a compaction or installation finds all",
       a_restart_right_after_a_compaction_or_installation_finds_all},
      {"covered-append", "", "who waits for what a snapshot covers is told what is certain",
       who_waits_for_what_a_snapshot_covers_is_told_what_is_certain},
  };
}

}  // namespace bellwether::simulation
