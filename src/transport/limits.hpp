// transport/limits.hpp: what one connection may use. docs/protocol.md says what happens at each.
#pragma once

#include <chrono>
#include <cstddef>

namespace bellwether::transport {

struct ConnectionLimits {
  std::size_t connections_max = 10'000;              // accepted at once; one more is told `busy` and closed
  std::size_t requests_outstanding_max = 16'384;     // without an answer; above that nothing more is read
  std::size_t output_bytes_max = 64 * 1024 * 1024;   // queued for a reader that does not read; more closes it
  std::size_t output_bytes_pause = 4 * 1024 * 1024;  // above that nothing more is read from that connection
  std::chrono::milliseconds first_byte_within{30'000};  // a connection that says nothing at first
  std::chrono::milliseconds idle_within{300'000};       // a client's that says nothing and waits for nothing
  std::chrono::milliseconds packet_within{60'000};      // from a packet's first byte to its last
  std::chrono::milliseconds write_within{30'000};       // output waiting without any progress
  std::chrono::milliseconds linger_within{2'000};       // for the other to take a last answer and close
};

}  // namespace bellwether::transport
