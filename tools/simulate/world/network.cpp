#include "world/network.hpp"

#include <algorithm>

namespace bellwether::simulation {

void Network::heal(NodeId a, NodeId b) {
  cuts_.erase({a, b});
  cuts_.erase({b, a});
}

std::vector<Ticks> Network::send(NodeId from, NodeId to, Ticks now) {
  if (is_cut(from, to) || loses()) return {};
  std::vector<Ticks> arrivals;
  if (strikes(Fault::reordering, faults.reordering)) {
    const Ticks usual = delay();
    arrivals.push_back(usual + units(random_.between(0, 60)));
  } else {
    Ticks& last = last_arrival_[{from, to}];
    last = std::max(last, now + delay());
    arrivals.push_back(last - now);
  }
  if (strikes(Fault::duplicate, faults.duplicates))
    arrivals.push_back(units(random_.between(delay_min_, 80)));
  return arrivals;
}

}  // namespace bellwether::simulation
