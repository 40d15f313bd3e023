// node/clock_watch.hpp: compares the clocks of the members with this node's, for a person to be told.
// Threads: none, no clock of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "protocol/ids.hpp"

namespace bellwether::node {

class ClockWatch {
 public:
  static constexpr std::uint64_t tolerated_ms = 60'000;

  // Both in ms since 1970, read at about the same time. What is to be said, once for each member while its clock is
  // wrong; `theirs_ms` 0: it did not say.
  std::optional<std::string> hear(NodeId member, std::uint64_t theirs_ms, std::uint64_t ours_ms);

 private:
  std::set<NodeId> wrong_;
};

}  // namespace bellwether::node
