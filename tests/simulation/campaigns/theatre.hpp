// simulation/campaigns/theatre.hpp: what the generators have in common: a cluster, its clients, and a second
// source of randomness for the trouble, so that a change in the cluster's own choices does not change the
// plot.
#pragma once

#include <set>
#include <vector>

#include "campaigns/campaigns.hpp"
#include "clients.hpp"
#include "cluster.hpp"
#include "liveness.hpp"

namespace bellwether::simulation {

struct Theatre {
  Theatre(const Life& life, Shape shape, std::uint64_t plot_seed)
      : chance(plot_seed), cluster(with_life(std::move(shape), life)), clients(cluster) {}

  Random chance;
  Cluster cluster;
  Clients clients;

  void after(double delay_units, std::function<void()> action) {
    cluster.after(units(delay_units), std::move(action));
  }
  void bounce(NodeId id, double down_units, Crash kind = Crash::any, bool peers_notice = true) {
    cluster.crash(id, peers_notice, kind);
    after(down_units, [this, id] { cluster.start(id); });
  }
  // All links between the two sides of `belongs`, and only these, are cut.
  void separate(const std::function<bool(NodeId, NodeId)>& are_apart, bool peers_notice = true) {
    std::set<Direction> wanted;
    const auto ids = cluster.ids();
    for (const NodeId a : ids) {
      for (const NodeId b : ids) {
        if (a != b && are_apart(a, b)) wanted.insert({a, b});
      }
    }
    cluster.set_cuts(wanted, peers_notice);
  }
  Outcome finish() {
    check_liveness(cluster, clients);
    cluster.totals.removals = cluster.history().removed().size();
    return {cluster.totals, cluster.events(), cluster.fingerprint(), cluster.now()};
  }

 private:
  static Shape with_life(Shape shape, const Life& life) {
    shape.seed = life.seed;
    shape.mutant = life.mutant;
    shape.strict = life.strict;
    shape.trace = life.trace;
    return shape;
  }
};

}  // namespace bellwether::simulation
