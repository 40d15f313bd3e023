// simulate/world/cluster.hpp: a whole cluster of real cores on one simulated timeline, with a network and disks
// that fail as told. It plays the runtime: gives each core its ticks, messages and disk reports, attaches
// entries to messages, seals batches, hands answers to clients; and shows every step to the checkers.
//
// Several clusters may stand side by side on one timeline: neighbours, and what a forced recovery makes of a stopped
// node. Each has its own machines, its own history and its own checkers; where an address that one of them knows
// leads to a machine of another one, the product's own check of the hello is what keeps them apart.
//
// One seed, one run: everything random comes from one generator, and everything happens in the order of
// the timeline.
// Units:   ticks, see timeline.hpp.
// Errors:  a broken invariant throws Violation.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "checks/checkers.hpp"
#include "protocol/packets.hpp"
#include "world/life.hpp"
#include "world/machine.hpp"
#include "world/network.hpp"
#include "world/random.hpp"
#include "world/story.hpp"
#include "world/timeline.hpp"

namespace bellwether::simulation {

struct Identity {  // what a member's directory says of its cluster
  std::string cluster = "simulated";
  std::uint64_t epoch = 0;
  std::vector<std::string> former;
  std::string key = "a secret";
};

struct Shape {
  Life life;
  Identity identity;
  std::uint64_t voters = 3;
  std::uint64_t learners = 0;
  bool learners_stay = false;
  std::map<NodeId, std::uint32_t> priorities;
  std::size_t chunk_entries = 3;
  std::size_t window_bytes = std::size_t{1} << 20;
  std::uint64_t unsynced_bytes_max = std::uint64_t{64} << 20;
  std::size_t snapshot_chunk_bytes = 300;
  std::uint64_t evict_rounds = 0;
  double delay_min = 1;  // units
  double delay_max = 4;
  state::ProducerLimits producer_limits;  // of the replicated table; the same at all nodes
  std::uint64_t segment_bytes = 0;        // of logs in the real format (ByteDisk); 0: disks without bytes
};

struct SyncTime {  // of one disk sync, in units
  double min = 0.5;
  double max = 3.0;
};

struct Totals {
  std::uint64_t elections = 0, decided = 0, acknowledged = 0, reads = 0, joins = 0, removals = 0, denied = 0,
                dropped_ranges = 0, installations = 0, repaired = 0, salvaged = 0, strangers = 0,
                recoveries = 0;
  FaultCounts faults;
  Totals& operator+=(const Totals& other);
};

// What a client asks of one node, and what becomes of it.
struct Question {
  std::string_view what;  // for the story
  std::function<void(replication::Replica&, replication::RequestId)> ask;
  std::function<void(const replication::Answer&)> hear;  // not called if the answer is lost
  Tag tag = 0;                                           // append
  AskedAppend append;
  bool is_plain = false;           // append without a producer: sent only once
  NodeId removes = nobody;         // a request to remove that member
  Index floor = 0;                 // read: what it must return at least
  bool has_to_be_answered = true;  // before long; a read is given up instead
  bool is_removal = false;         // may lack a majority of those that remain (G6)
};

enum class Happening { promised_another, configuration_appended, established };

class Cluster {
 public:
  explicit Cluster(const Shape& shape);
  Cluster(const Shape& shape, Cluster& neighbour);  // that neither knows of the other
  // What the operator's command makes of a stopped node (F1): a cluster of its own, which begins with that node's log.
  // In the former cluster the node is gone for ever; its old address leads here, as those of the others lead there.
  Cluster(Cluster& former, NodeId survivor);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  const Shape shape;
  Random random;
  Network network;
  SyncTime sync_time;
  std::function<void(Happening, Machine&)> on_happening;  // before the step's messages leave

  // ---- time
  Ticks now() const { return world_->timeline.now(); }
  void after(Ticks delay, std::function<void()> action) { world_->timeline.after(delay, std::move(action)); }
  void run_for(Ticks duration);
  void run_to(Ticks time);
  bool run_until(const std::function<bool()>& condition, Ticks at_most);

  // ---- nodes
  Machine& add_machine(NodeId id, std::uint32_t priority, Disk disk, std::set<NodeId> contacts = {});
  void start(NodeId id);
  void damage(NodeId id, Index from);  // of a stopped one: its log from there on is lost
  void rot(NodeId id, Index first,
           Index last);       // its disk cannot give back these entries, which it has decided
  void read_back(NodeId id);  // all of its log, as a client that follows it from the start
  // Whether another member's disk has it.
  bool is_elsewhere(const Machine& machine, Index index) const;
  // Of one with bytes: it is stopped in good order, then bytes of its files change.
  void flip_bytes(NodeId id);
  void misdirect_next_write(NodeId id);
  void fill_up(NodeId id, bool is_full);       // the file system under its files
  bool can_spare_files_of(NodeId id) const;    // likewise, if it comes back with nothing, or never
  std::function<void(NodeId)> on_refusal;      // it cannot be started any more: its files are damaged
  bool can_spare_entries_of(NodeId id) const;  // without losing what was decided, or the majority
  void crash(NodeId id, bool peers_notice = true, Crash kind = Crash::any);
  void stop(NodeId id, Ticks takes);  // as its runtime stops: it serves nobody, makes way, then ends
  void retire(NodeId id);             // crash, and never start again
  bool can_recover(NodeId id) const;  // it is stopped, and a member as far as it knows
  void checkpoint(NodeId id);         // of what is decided and durable there, if that is more than nothing
  void compact(NodeId id, Index at_most);  // to its newest checkpoint up to there (K4)
  void pause(NodeId id);  // the process stands still: what happens to it meanwhile waits until it goes on
  void resume(NodeId id);
  // One input, and all it causes.
  void step(NodeId id, std::function<void(replication::Replica&)> input);
  void finish_sync_now(NodeId id);
  void set_room(NodeId id, replication::Room room);  // on its disk
  Machine& machine(NodeId id) { return machines_.at(id); }
  Machines& machines() { return machines_; }
  std::vector<NodeId> ids() const;
  std::vector<NodeId> running() const;
  NodeId pick_serving();  // some serving node, or the first one
  std::vector<NodeId> leaders() const;
  Machine* settled_leader();  // the one with the greatest ballot; null: none

  // ---- links
  // Whatever is sent to that node's address reaches a machine of another cluster, until it leads nowhere else again.
  void lead_elsewhere(NodeId id, Cluster& cluster, NodeId there);
  void lead_home(NodeId id) { elsewhere_.erase(id); }
  void cut(NodeId a, NodeId b, bool both_ways = true, bool peers_notice = true);
  void cut_one_way(NodeId from, NodeId to, bool peers_notice) { cut(from, to, false, peers_notice); }
  void heal(NodeId a, NodeId b);
  void heal_all();
  void blip(NodeId at, NodeId peer, Ticks duration);  // a living link is reported down, and up again
  void connect_only(
      const std::vector<std::set<NodeId>>& groups);  // inside each group all links, none between
  void set_cuts(const std::set<Direction>& wanted, bool peers_notice = true);

  // ---- clients
  void ask(NodeId to, Question question);
  void forget(replication::RequestId request);
  // For a scenario that talks to a core directly: registers an append that it makes itself.
  void expect_answer_to(replication::RequestId request, NodeId node, Tag tag, ProducerId producer);
  Tag next_tag() { return ++world_->last_tag; }
  std::string next_token() { return "j" + std::to_string(++world_->last_token); }
  void check_all_answered() const;  // what was asked long ago of a node that lives

  // ---- what there is to see
  Checkers& checkers() { return checkers_; }
  const std::vector<Established>& established() const { return checkers_.established(); }
  const History& history() const { return checkers_.history(); }
  Totals totals;
  std::uint64_t events() const { return world_->timeline.events(); }
  std::uint64_t fingerprint() const { return fingerprint_; }
  std::string describe() const;
  [[noreturn]] void fail(const std::string& what) const;
  template <typename Line>
  void tell(Line line) const {  // for the story, if it is told at all
    if (shape.life.trace) print_line(now(), line());
  }

 private:
  // What clusters side by side have in common.
  struct World {
    Timeline timeline;
    Tag last_tag = 0;
    std::uint64_t last_token = 0;
    std::uint64_t last_cluster = 0;
  };
  struct Place {
    Cluster* cluster;
    NodeId id;
  };
  struct Asked {
    NodeId node;
    std::uint64_t incarnation;
    Ticks at;
    Question question;
  };

  Cluster(const Shape& shape, std::shared_ptr<World> world, std::uint64_t seed);
  static Shape shape_after_recovery(Cluster& former);
  void write_initial_log();
  replication::Options options_of(const Machine& machine) const;
  std::uint64_t wall_ms(const Machine& machine) const {
    return 1'700'000'000'000 + now() + machine.wall_ahead_ms;
  }
  void drain(Machine& machine, const std::vector<NodeId>& voters_before);
  void drain_checked(Machine& machine, const std::vector<NodeId>& voters_before);
  void tell_decided(const Machine& machine, const replication::Output& output) const;
  void tell_happenings(Machine& machine, const replication::Output& output, Ballot promised_before);
  void plan_wake_up(Machine& machine);
  void wake(NodeId id, std::uint64_t incarnation);
  void plan_seal(Machine& machine);
  void plan_sync(Machine& machine);
  void report_durable(NodeId id, RecordNumber upto);

  // ---- disks with bytes
  bool has_bytes() const;
  void format(Machine& machine);
  Result<replication::StableState> open(Machine& machine);
  void refuse(Machine& machine, const Error& error);
  void end_process(Machine& machine, const Error& error);
  void follow_room(Machine& machine);
  void check_entries(const Machine& machine) const;
  void find_damage(Machine& machine) const;
  void crash_disk(Machine& machine, Crash kind);
  void write_checkpoint(Machine& machine);
  replication::SnapshotPtr base_of(Machine& machine, Index limit) const;

  void link_up_between(NodeId a, NodeId b);
  void report_link(NodeId at, NodeId peer, bool up);

  // ---- messages
  void send(Machine& from, NodeId to, Message message);
  void dispatch(Machine& from, NodeId to, Message message);
  void check_range(const Machine& from, const Message& message, const EntryRange& range) const;
  bool attach(const Machine& from, Message& message);
  bool can_read(Machine& machine, const EntryRange& range);
  void report_rot(Machine& machine, Index index);
  void store_repaired(Machine& machine, const replication::Output& output);
  std::optional<Message> cut_somewhere(Message& message);  // what it leaves for a message of its own
  void post(NodeId from, NodeId to, Message message);
  void deliver(NodeId from, NodeId to, const std::shared_ptr<const Message>& message);
  Hello hello_from(NodeId id, NodeId to) const;
  void hear_stranger(const Hello& hello, NodeId at, const std::shared_ptr<const Message>& message);
  void tamper(const Machine& from, NodeId to, Message& message);

  // ---- answers
  void put(NodeId to, replication::RequestId request, Question question);
  void answer(Machine& machine, const replication::ClientAnswer& answer);
  void check_answer(Machine& machine, const Question& question, Ticks asked_at,
                    const replication::Answer& answer);
  void check_refusal(const Machine& machine, const Question& question, const replication::Refused& refused);
  void note(std::uint64_t value);

  std::shared_ptr<World> world_;
  Machines machines_;
  std::map<NodeId, Place> elsewhere_;  // where the addresses of some nodes lead
  Checkers checkers_;
  std::map<replication::RequestId, Asked> asked_;
  std::set<replication::RequestId> closed_;  // answered or forgotten
  std::uint64_t last_request_ = 0;
  std::uint64_t in_flight_ = 0;  // messages
  std::uint64_t fingerprint_ = 14695981039346656037ULL;
};

}  // namespace bellwether::simulation
