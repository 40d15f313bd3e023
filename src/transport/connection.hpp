// transport/connection.hpp: one accepted connection that speaks JSON packets. Reads and cuts out packets,
// keeps one write under way, holds answers in the order of their requests, enforces the limits. Knows no
// rule of the cluster.
// Errors:  a packet that cannot be decoded is answered with its error and the next one is read; where the
//          stream cannot be followed any more, the answers owed still go out, then it is closed. The other
//          may close its side: all answers owed are still sent.
// Threads: the I/O thread. The io_context outlives every connection.
#pragma once

#include <asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "protocol/packets.hpp"
#include "transport/limits.hpp"

namespace bellwether::transport {

class Connection;

// What the node does with what arrives. It may answer and close from within these calls, and outlives the
// io_context's run.
class PacketHandler {
 public:
  virtual ~PacketHandler() = default;
  // A decoded packet. `slot` is where its answer goes (Connection::answer); messages of members need none.
  // Each slot gets exactly one answer() or no_answer(), at any time.
  virtual void on_packet(const std::shared_ptr<Connection>& connection, std::uint64_t slot,
                         Packet packet) = 0;
  // All that had arrived so far has been handed over: a good moment to seal what was collected.
  virtual void on_batch_end() = 0;
  // Once for each started connection, whoever closed it; never from within a call of Connection's.
  virtual void on_closed(const std::shared_ptr<Connection>& connection) = 0;
  // An answer that is an error goes out, whoever made it: to count them.
  virtual void on_refused(ErrorCode reason) { static_cast<void>(reason); }
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::ip::tcp::socket socket, PacketHandler& handler, const ConnectionLimits& limits);
  ~Connection();

  void start();
  // The answer to the request in `slot`; it is sent once those of earlier requests are. An answer that
  // carries the request's "id" gets it from the connection. On a closed connection these three do nothing.
  void answer(std::uint64_t slot, const Packet& packet);
  // A stream of answers to one request (tail): every part but the last keeps the slot open.
  void answer_part(std::uint64_t slot, const Packet& packet);
  // Nothing is owed for this slot (a member's message).
  void no_answer(std::uint64_t slot);
  // Takes no further request, sends what has been answered so far, then closes. Requests after the last
  // answered one get no answer; an answered one still waits for those before it.
  void close_after_output();
  void close();

  bool is_open() const;
  std::size_t output_bytes() const;         // queued and not yet taken by the system
  std::function<void()> on_output_drained;  // output fell below ConnectionLimits::output_bytes_pause
  const std::string& remote() const;        // ADDRESS:PORT, for diagnostics

  void become_peer();           // after a fitting hello: larger bodies, no idle limit
  std::shared_ptr<void> place;  // released when it closes: how the listener counts

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bellwether::transport
