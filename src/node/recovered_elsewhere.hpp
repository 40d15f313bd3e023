// node/recovered_elsewhere.hpp: whether this node's cluster was given up and goes on as another one, without this node
// (consensus.md F3). A member of that other one says so to whoever greets it under the old name, or asks for its status.
//
// It may have been recovered by mistake, while a majority of the old cluster is there: then that one goes on, and what is
// said is not obeyed. So a node gives up only when it has heard it and then knows no leader for a while.
// It may have been recovered twice, as two clusters: then a person has to say by --clusterip which one is meant.
// Threads: the I/O thread.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/inquiry.hpp"
#include "protocol/ids.hpp"
#include "protocol/packets.hpp"

namespace bellwether::node {

struct Successor {  // a cluster that goes on
  std::string cluster;
  LeaderInfo member;  // of it, who said so

  friend bool operator==(const Successor&, const Successor&) = default;
};

// Told by the status of members: those of clusters that this one was recovered as; none if one of its own answers.
std::vector<Successor> successors_among(const std::string& cluster,
                                        const std::vector<Inquiry::Finding>& findings);

// What it means to a node of `cluster`, and what can be done.
std::string given_up(const std::string& cluster, const std::vector<Successor>& successors);

class RecoveredElsewhere {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds patience{3};  // in which members that start together elect a leader

  // `meant`: the addresses of --clusterip, if it was given.
  explicit RecoveredElsewhere(std::vector<std::string> meant) : meant_(std::move(meant)) {}

  void hear(const Successor& successor);
  void forget(NodeId member);  // one of this node's own cluster is at that address now
  // Not empty once there is nothing more to wait for; called often. More than one: nobody says which.
  std::vector<Successor> on_step(bool has_leader, Clock::time_point now);

 private:
  bool is_meant(const LeaderInfo& member) const;

  std::vector<std::string> meant_;
  std::map<std::string, LeaderInfo> successors_;  // by cluster
  std::optional<Clock::time_point> leaderless_since_;
};

}  // namespace bellwether::node
