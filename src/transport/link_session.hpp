// transport/link_session.hpp: one connection of a PeerLink, from the dialling to its loss. The next attempt
// gets a new one, so nothing of a lost connection can leak into it. Threads: the I/O thread.
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

class LinkSession : public std::enable_shared_from_this<LinkSession> {
 public:
  explicit LinkSession(asio::io_context& io);

  // Dials HOST:PORT, says hello and reads the first packet. Nothing: refused, lost, not understood, or too
  // late.
  asio::awaitable<std::optional<Packet>> open(std::string address, Hello hello,
                                              std::chrono::milliseconds within);
  // The next packet. Nothing: lost, or what came is not a packet.
  asio::awaitable<std::optional<Packet>> read();

  void send(EncodedPacket packet);
  std::size_t output_bytes() const { return output_.bytes(); }
  void close();

 private:
  asio::awaitable<bool> connect(std::string address);
  asio::awaitable<void> write_loop();

  asio::ip::tcp::socket socket_;
  asio::ip::tcp::resolver resolver_;
  FrameReader input_;
  OutputQueue output_;
  Wakeup writer_;
  bool is_open_ = true;
};

}  // namespace bellwether::transport
