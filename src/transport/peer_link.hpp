// transport/peer_link.hpp: the connection that this node dials to one member and sends on (consensus.md
// section 3, "Link"). Says hello, waits for the other's hello, reconnects with backoff and jitter for as
// long as it lives. What is sent while it is down is dropped: no rule of the core relies on delivery.
// E15:     a lost connection is reported down only after an immediate reconnect failed (refused, or 50 ms).
//          If that reconnect succeeds, on_up comes again without an on_down between: what was under way may
//          be lost.
// Threads: the I/O thread. The io_context outlives the link.
#pragma once

#include <asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "protocol/codec.hpp"
#include "protocol/packets.hpp"

namespace bellwether::transport {

class PeerLink {
 public:
  // Called from the io_context, never from within a call of PeerLink's. Each may destroy the link.
  struct Events {
    std::function<void(const Hello& theirs)> on_up;
    std::function<void()> on_down;  // only after an on_up
    std::function<void(const ErrorAnswer& why)>
        on_refused;                         // the other refused our hello; it keeps trying, slowly
    std::function<void(Packet)> on_packet;  // anything else that the other says on this connection
  };

  PeerLink(asio::io_context& io, std::string address, Hello hello, Events events);
  ~PeerLink();  // closes; no event after it

  void set_address(std::string address);  // used at the next attempt
  void retry_now();                       // ends a wait between attempts: the other was just heard of
  void send(EncodedPacket packet);        // drops it while down, or when output_bytes_max is queued
  void send_first(EncodedPacket packet);  // the same, ahead of what send() has queued: heartbeats
  bool is_up() const;                     // what is sent now goes out
  std::size_t output_bytes() const;

  static constexpr std::size_t output_bytes_max = 64 * 1024 * 1024;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace bellwether::transport
