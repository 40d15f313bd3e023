#include "transport/link_session.hpp"

#include <asio/buffer.hpp>
#include <asio/connect.hpp>
#include <utility>
#include <variant>

#include "protocol/limits.hpp"
#include "transport/address.hpp"
#include "transport/socket_options.hpp"

namespace bellwether::transport {
namespace {

using asio::ip::tcp;

// Of bulk handed to the writer: enough to keep the socket busy, and little for a heartbeat to wait behind.
constexpr std::size_t bulk_bytes_at_once = 256 * 1024;

// Dialling a port of this machine that nobody listens on, the system may pick that very port for our end: the
// connection is then one with itself.
bool is_with_itself(const tcp::socket& socket) {
  std::error_code local_error;
  std::error_code remote_error;
  const bool is_same = socket.local_endpoint(local_error) == socket.remote_endpoint(remote_error);
  return local_error || remote_error || is_same;
}

}  // namespace

LinkSession::LinkSession(asio::io_context& io)
    : socket_(io), resolver_(io), input_(limits::peer_body_bytes_max), writer_(io.get_executor()) {}

asio::awaitable<std::optional<Packet>> LinkSession::open(std::string address, Hello hello,
                                                         std::chrono::milliseconds within) {
  const Deadline deadline(socket_.get_executor(), within, [this] { close(); });
  const bool is_connected = co_await connect(std::move(address));
  if (!is_connected || !is_open_) co_return std::nullopt;
  set_link_options(socket_);
  const Packet greeting = std::move(hello);
  output_.push(encode(greeting));
  spawn(socket_.get_executor(), shared_from_this(), &LinkSession::write_loop, "writing to a member");
  std::optional<Packet> first = co_await read();
  co_return first;
}

// A number needs no look-up (and no thread for it), which keeps the immediate reconnect immediate.
asio::awaitable<bool> LinkSession::connect(std::string address) {
  const auto where = parse_address(address);
  if (!where) co_return false;
  std::error_code not_a_number;
  const auto number = asio::ip::make_address(where->host, not_a_number);
  if (!not_a_number) {
    const tcp::endpoint endpoint(number, where->port);
    const auto [error] = co_await socket_.async_connect(endpoint, as_result);
    co_return !error && !is_with_itself(socket_);
  }
  const std::string port = std::to_string(where->port);
  const auto [look_up_error, found] = co_await resolver_.async_resolve(where->host, port, as_result);
  if (look_up_error || !is_open_) co_return false;
  const auto [error, endpoint] = co_await asio::async_connect(socket_, found, as_result);
  co_return !error && !is_with_itself(socket_);
}

asio::awaitable<std::optional<Packet>> LinkSession::read() {
  while (is_open_) {
    FrameReader::Next next = input_.next();
    if (auto* frame = std::get_if<Frame>(&next)) {
      auto decoded = decode(frame->header, std::move(frame->body));
      if (!decoded) break;
      co_return std::move(decoded->packet);
    }
    if (std::holds_alternative<PacketError>(next)) break;
    const auto space = input_.space();
    const auto buffer = asio::buffer(space.data(), space.size());
    const auto [error, size] = co_await socket_.async_read_some(buffer, as_result);
    if (error) break;
    input_.grew(size);
  }
  co_return std::nullopt;
}

void LinkSession::send(EncodedPacket packet, Lane lane) {
  if (!is_open_) return;
  if (lane == Lane::urgent) {
    output_.push(std::move(packet));
  } else {
    bulk_bytes_ += packet.bytes();
    bulk_.push_back(std::move(packet));
  }
  writer_.notify();
}

void LinkSession::refill_output() {
  while (!bulk_.empty() && output_.bytes() < bulk_bytes_at_once) {
    bulk_bytes_ -= bulk_.front().bytes();
    output_.push(std::move(bulk_.front()));
    bulk_.pop_front();
  }
}

asio::awaitable<void> LinkSession::write_loop() {
  while (is_open_) {
    refill_output();
    if (output_.is_empty()) {
      co_await writer_.wait();
      continue;
    }
    const auto buffers = output_.take_buffers();
    const auto [error, size] = co_await socket_.async_write_some(buffers, as_result);
    if (error) co_return close();  // ends the reading too, which is where the loss is noticed
    output_.written(size);
  }
}

void LinkSession::close() {
  is_open_ = false;
  std::error_code ignored;
  socket_.close(ignored);
  resolver_.cancel();
  writer_.notify();
}

}  // namespace bellwether::transport
