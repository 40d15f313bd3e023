// simulate/world/network.hpp: decides what becomes of each message: lost, late, doubled, out of order, or cut
// off. Cuts are one way: a message from a to b passes unless (a, b) is cut, when it is sent and when it
// arrives.
#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "protocol/ids.hpp"
#include "world/fault_selection.hpp"
#include "world/random.hpp"
#include "world/timeline.hpp"

namespace bellwether::simulation {

using Direction = std::pair<NodeId, NodeId>;  // from, to

struct NetworkFaults {  // chances, for each message
  double loss = 0;
  double duplicates = 0;
  double reordering = 0;
  double late_reads = 0;  // of those that carry entries
};

class Network {
 public:
  Network(Random& random, double delay_min, double delay_max)  // in units
      : random_(random), delay_min_(delay_min), delay_max_(delay_max) {}

  NetworkFaults faults;
  FaultCounts struck;

  bool is_cut(NodeId from, NodeId to) const { return cuts_.contains({from, to}); }
  bool is_linked(NodeId a, NodeId b) const { return !is_cut(a, b) && !is_cut(b, a); }
  void cut(NodeId from, NodeId to) { cuts_.insert({from, to}); }
  void heal(NodeId a, NodeId b);
  const std::set<Direction>& cuts() const { return cuts_; }

  Ticks delay() { return units(random_.between(delay_min_, delay_max_)); }
  bool loses() { return strikes(Fault::loss, faults.loss); }
  bool reads_late() { return strikes(Fault::late_read, faults.late_reads); }
  // When the copies of a message that is sent now arrive, as delays: none, one or two.
  std::vector<Ticks> send(NodeId from, NodeId to, Ticks now);

 private:
  bool strikes(Fault fault, double chance) {
    const bool happens = random_.chance(chance);
    if (happens) ++struck[fault];
    return happens;
  }

  Random& random_;
  double delay_min_;
  double delay_max_;
  std::set<Direction> cuts_;
  std::map<Direction, Ticks> last_arrival_;  // what isn't reordered arrives in the order of sending
};

}  // namespace bellwether::simulation
