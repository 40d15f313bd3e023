// transport/link_session.hpp: one connection of a PeerLink, from the dialling to its loss. The next
// attempt gets a new one, so nothing of a lost connection can leak into it.
// Threads: the I/O thread.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "protocol/frame.hpp"
#include "protocol/packets.hpp"
#include "transport/coroutine.hpp"
#include "transport/output_queue.hpp"

namespace bellwether::transport {

// Which packets overtake which on one link. No rule of the core relies on their order (M2).
enum class Lane { urgent, bulk };

class LinkSession : public std::enable_shared_from_this<LinkSession> {
 public:
  explicit LinkSession(asio::io_context& io);

  // Dials HOST:PORT, says hello and reads the first packet. Nothing: refused, lost, not understood, or too
  // late.
  asio::awaitable<std::optional<Packet>> open(std::string address, Hello hello,
                                              std::chrono::milliseconds within);
  // The next packet. Nothing: lost, or what came is not a packet.
  asio::awaitable<std::optional<Packet>> read();

  void send(EncodedPacket packet, Lane lane);
  std::size_t output_bytes() const { return output_.bytes() + bulk_bytes_; }
  void close();

 private:
  asio::awaitable<bool> connect(std::string address);
  asio::awaitable<void> write_loop();
  void refill_output();

  asio::ip::tcp::socket socket_;
  asio::ip::tcp::resolver resolver_;
  FrameReader input_;
  OutputQueue output_;              // being written, in order
  std::deque<EncodedPacket> bulk_;  // waits for its turn: what is urgent gets in before it
  std::size_t bulk_bytes_ = 0;
  Wakeup writer_;
  bool is_open_ = true;
};

}  // namespace bellwether::transport
