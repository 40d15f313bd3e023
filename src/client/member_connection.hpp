// client/member_connection.hpp: one connection to one member that speaks packets: requests go out in order,
// pipelined, answers come in the same order.
// Errors:  whatever ends the connection (refused, closed, silence, bytes that are no packet) is one Error
//          that names the member; after it the connection is closed for good.
// Threads: the one that runs the io_context.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "protocol/codec.hpp"
#include "protocol/frame.hpp"

namespace bellwether::client {

class MemberConnection : public std::enable_shared_from_this<MemberConnection> {
 public:
  using Pointer = std::shared_ptr<MemberConnection>;

  static asio::awaitable<Result<Pointer>> open(std::string address, std::chrono::milliseconds within);
  MemberConnection(asio::any_io_executor executor, std::string address);

  // Queues it; what the packet's body refers to lives until it is written. `id` as JSON text, repeated in
  // the answer.
  void send(const Packet& packet, std::string_view id = {});

  // Waits for more bytes; then take_received() until it has no more.
  asio::awaitable<Result<void>> receive();
  std::optional<Result<Tagged>> take_received();

  // One request and its answer, with nothing else under way.
  asio::awaitable<Result<Packet>> ask(Packet request, std::chrono::milliseconds within);

  // Closes the connection, as timed out, unless answered() comes in time. Each call starts the time anew.
  void expect_answer(std::chrono::milliseconds within);
  void answered();

  void close();
  const std::string& address() const { return address_; }  // HOST:PORT, as it was dialled

 private:
  asio::awaitable<asio::error_code> connect();
  asio::awaitable<void> write_loop();
  tl::unexpected<Error> broken(asio::error_code error) const;

  asio::any_io_executor executor_;
  std::string address_;
  asio::ip::tcp::socket socket_;
  asio::ip::tcp::resolver resolver_;
  asio::steady_timer watchdog_;
  // A cancelled wait may already be queued with success: only the current one counts.
  std::uint64_t watch_ = 0;
  std::chrono::milliseconds silence_{0};
  bool timed_out_ = false;
  FrameReader input_;
  std::vector<EncodedPacket> queue_;
  bool writing_ = false;
};

}  // namespace bellwether::client
