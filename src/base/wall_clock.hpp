// base/wall_clock.hpp: the time of day, which can be wrong and may jump. Only for what people read and for how long
// messages are kept; nothing that keeps the cluster safe looks at it.
// Threads: any.
#pragma once

#include <chrono>
#include <cstdint>

namespace bellwether {

inline std::uint64_t wall_clock_ms() {  // since 1970, UTC
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace bellwether
