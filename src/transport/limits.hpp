// transport/limits.hpp: what one connection may use. docs/protocol.md says what happens at each.
#pragma once

#include <chrono>
#include <cstddef>

namespace bellwether::transport {

struct ConnectionLimits {
  std::size_t connections_max = 10'000;               // accepted at once; one more is told `busy` and closed
  std::size_t output_bytes_max = 64 * 1024 * 1024;    // queued for a reader that does not read; more closes it
  std::size_t output_bytes_pause = 4 * 1024 * 1024;   // above that nothing more is read from that connection
  std::chrono::seconds first_byte_within{30};         // a connection that says nothing at first
  std::chrono::seconds idle_within{300};              // a client's that says nothing and waits for nothing
  std::chrono::seconds packet_within{60};             // from a packet's first byte to its last
  std::chrono::seconds write_within{30};              // output waiting without any progress
};

}  // namespace bellwether::transport
