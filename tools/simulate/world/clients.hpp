// simulate/world/clients.hpp: the clients of a simulated cluster: producers that repeat what was not
// acknowledged, at any node, plain appends, linearizable readers at leader and followers alike, joins and
// leaves.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "world/cluster.hpp"

namespace bellwether::simulation {

constexpr Sequence producer_window = 3;  // groups that a producer has in flight

struct Producer {
  ProducerId id = no_producer;  // none: has to register
  Sequence next = 1;
  Sequence acknowledged = 0;  // all up to here
  std::set<Sequence> acknowledged_early;
  std::map<Sequence, Tag> tags;
  std::map<Sequence, std::uint32_t> counts;
  std::map<Sequence, Ticks> sent;    // when last
  std::optional<Ticks> registering;  // since when it waits for its id
  std::optional<NodeId> target;
};

class Clients {
 public:
  explicit Clients(Cluster& cluster) : cluster_(cluster) {}
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  // Each acts again after a random time with this mean, in units, until all are stopped.
  Producer& add_producer(double period);
  void add_plain(double period);
  void add_reader(double period);

  void join(std::uint32_t priority = 0, std::string address = {}, std::optional<NodeId> replaces = {},
            bool stays_learner = false, std::function<void(NodeId)> on_joined = {});
  void leave(NodeId member);
  void append_plain(NodeId to);
  // The producers of another cluster come to this one: with all that is not acknowledged, or with all that they ever
  // sent. Whoever finds that acknowledged groups are lost begins anew.
  void take_over(const Clients& former, bool repeats_all, double period);
  const std::deque<Producer>& producers() const { return producers_; }
  void stop() { ++season_; }  // for ever; those that are added later act

 private:
  struct Errand;  // a join or a leave, repeated until done

  void act(Producer& producer, double period);
  void register_at(Producer& producer);
  void append_new(Producer& producer);
  void send(Producer& producer, Sequence sequence);
  void hear(Producer& producer, ProducerId id, Sequence sequence, Sequence stored,
            const replication::Answer& answer);
  void acknowledge(Producer& producer, Sequence sequence);
  void follow(std::optional<NodeId>& target, const replication::Refused& refused);
  void choose_target(std::optional<NodeId>& target, double change);
  void read_at(NodeId target, std::optional<NodeId>& next);
  void every(double period, std::function<void()> action);
  void run_errand(const std::shared_ptr<Errand>& errand);
  void hear_joined(const std::string& token, std::uint32_t priority, NodeId at, NodeId id);

  Cluster& cluster_;
  std::deque<Producer> producers_;
  std::deque<std::optional<NodeId>> targets_;  // of readers and plain appenders
  std::set<std::string> joined_;
  std::uint64_t season_ = 0;
};

}  // namespace bellwether::simulation
