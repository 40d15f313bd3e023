#include "node/clock_watch.hpp"

#include <algorithm>

namespace bellwether::node {
namespace {

std::string in_words(std::uint64_t ms) {
  const std::uint64_t minutes = ms / 60'000;
  if (minutes < 60) return std::to_string(minutes) + " min";
  return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

}  // namespace

std::optional<std::string> ClockWatch::hear(NodeId member, std::uint64_t theirs_ms, std::uint64_t ours_ms) {
  if (theirs_ms == 0) return std::nullopt;
  const auto [less, more] = std::minmax(theirs_ms, ours_ms);
  if (more - less <= tolerated_ms) {
    wrong_.erase(member);
    return std::nullopt;
  }
  if (!wrong_.insert(member).second) return std::nullopt;
  return "the clock of node " + std::to_string(number(member)) + " is " + in_words(more - less) +
         (theirs_ms < ours_ms ? " behind" : " ahead of") +
         " this node's. The cluster works by no clock, but messages carry the time of their leader, and "
         "--retain-age "
         "goes by it: set the clocks right";
}

}  // namespace bellwether::node
