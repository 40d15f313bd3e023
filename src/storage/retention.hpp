// storage/retention.hpp: how much of the log a node keeps (--retain-bytes, --retain-age). What is behind a place
// may be the whole log as soon as one of the limits is passed there.
// Units:   bytes of segments; ms of the leaders' wall clocks, which entries carry.
// Threads: none, no state.
#pragma once

#include <cstdint>

namespace bellwether::storage {

// A place in the log, and when what stands there was appended; 0: not known.
struct LogPlace {
  std::uint64_t position = 0;
  std::uint64_t time_ms = 0;
};

struct Retention {
  std::uint64_t bytes = 0;   // at least so much is kept; 0: no limit
  std::uint64_t age_ms = 0;  // whatever is younger is kept; 0: no limit

  bool keeps_all() const { return bytes == 0 && age_ms == 0; }
  // `end`: of the log.
  bool may_drop_before(const LogPlace& place, std::uint64_t end, std::uint64_t now_ms) const;
};

}  // namespace bellwether::storage
