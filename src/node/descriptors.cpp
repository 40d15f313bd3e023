#include "node/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace bellwether::node {
namespace {

// Segments, checkpoints and indexes that are written and read at once, two connections for each of 64 members, and
// connections that are being told that there are too many (256).
constexpr std::size_t kept_for_others = 512;

}  // namespace

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

std::size_t connections_within(std::size_t descriptors, std::size_t wanted) {
  return std::min(wanted, descriptors - std::min(descriptors / 2, kept_for_others));
}

std::size_t connections_within_limit(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  return connections_within(static_cast<std::size_t>(limit.rlim_cur), wanted);
}

}  // namespace bellwether::node
