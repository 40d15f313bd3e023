#include "node/ask.hpp"

#include <asio/buffer.hpp>
#include <asio/connect.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/this_coro.hpp>
#include <asio/write.hpp>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/codec.hpp"
#include "protocol/frame.hpp"
#include "protocol/limits.hpp"
#include "transport/address.hpp"
#include "transport/coroutine.hpp"

namespace bellwether::node {
namespace {

using asio::ip::tcp;
using transport::as_result;

// A number needs no look-up.
asio::awaitable<std::error_code> connect(tcp::socket& socket, std::string address) {
  const auto where = transport::parse_address(address);
  if (!where) co_return where.error().code;
  std::error_code not_a_number;
  const auto number = asio::ip::make_address(where->host, not_a_number);
  if (!not_a_number) {
    const tcp::endpoint endpoint(number, where->port);
    const auto [error] = co_await socket.async_connect(endpoint, as_result);
    co_return error;
  }
  tcp::resolver resolver(socket.get_executor());
  const std::string port = std::to_string(where->port);
  const auto [unresolved, found] = co_await resolver.async_resolve(where->host, port, as_result);
  if (unresolved) co_return unresolved;
  const auto [error, endpoint] = co_await asio::async_connect(socket, found, as_result);
  co_return error;
}

asio::awaitable<std::error_code> write(tcp::socket& socket, EncodedPacket packet) {
  std::vector<asio::const_buffer> pieces{asio::buffer(packet.header)};
  for (const auto& piece : packet.body) pieces.emplace_back(piece.data(), piece.size());
  const auto [error, size] = co_await asio::async_write(socket, pieces, as_result);
  co_return error;
}

tl::unexpected<Error> no_packet(const std::string& address) {
  return failure(std::errc::protocol_error, address + " (it does not speak Bellwether's packets)");
}

asio::awaitable<Result<Packet>> read(tcp::socket& socket, std::string address) {
  FrameReader input(limits::client_body_bytes_max);
  while (true) {
    auto next = input.next();
    if (auto* frame = std::get_if<Frame>(&next)) {
      auto decoded = decode(frame->header, std::move(frame->body));
      if (!decoded) co_return no_packet(address);
      co_return std::move(decoded->packet);
    }
    if (std::holds_alternative<PacketError>(next)) co_return no_packet(address);
    const auto space = input.space();
    const auto buffer = asio::buffer(space.data(), space.size());
    const auto [error, size] = co_await socket.async_read_some(buffer, as_result);
    if (error) co_return failure(error, address + " (" + error.message() + ")");
    input.grew(size);
  }
}

}  // namespace

asio::awaitable<Result<Packet>> ask(std::string address, Packet request, std::chrono::milliseconds within) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::socket socket(executor);
  const transport::Deadline deadline(socket, within);
  auto encoded = encode(request);
  auto error = co_await connect(socket, address);
  if (!error) error = co_await write(socket, std::move(encoded));
  if (error) co_return failure(error, address + " (" + error.message() + ")");
  auto answer = co_await read(socket, address);
  co_return answer;
}

}  // namespace bellwether::node
