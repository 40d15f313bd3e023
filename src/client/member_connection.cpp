#include "client/member_connection.hpp"

#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/connect.hpp>
#include <asio/this_coro.hpp>
#include <asio/write.hpp>
#include <exception>
#include <utility>

#include "client/describe.hpp"
#include "protocol/limits.hpp"
#include "transport/address.hpp"
#include "transport/coroutine.hpp"
#include "transport/socket_options.hpp"

namespace bellwether::client {
namespace {

using transport::as_result;

// An answer may hold one message of the largest size and its header.
constexpr std::size_t answer_bytes_max = limits::peer_body_bytes_max;

std::vector<asio::const_buffer> gather(const std::vector<EncodedPacket>& packets) {
  std::vector<asio::const_buffer> pieces;
  for (const EncodedPacket& packet : packets) {
    pieces.emplace_back(packet.header.data(), packet.header.size());
    for (const Bytes& piece : packet.body) pieces.emplace_back(piece.data(), piece.size());
  }
  return pieces;
}

}  // namespace

MemberConnection::MemberConnection(asio::any_io_executor executor, std::string address)
    : executor_(executor),
      address_(std::move(address)),
      socket_(executor),
      resolver_(executor),
      watchdog_(executor),
      input_(answer_bytes_max) {}

asio::awaitable<Result<MemberConnection::Pointer>> MemberConnection::open(std::string address,
                                                                          std::chrono::milliseconds within) {
  auto executor = co_await asio::this_coro::executor;
  auto connection = std::make_shared<MemberConnection>(executor, std::move(address));
  connection->expect_answer(within);
  const asio::error_code error = co_await connection->connect();
  connection->answered();
  if (error) co_return connection->broken(error);
  co_return connection;
}

asio::awaitable<asio::error_code> MemberConnection::connect() {
  const auto where = transport::parse_address(address_);
  if (!where) co_return make_error_code(std::errc::invalid_argument);
  asio::error_code not_numeric;
  const auto ip = asio::ip::make_address(where->host, not_numeric);
  asio::error_code error;
  if (!not_numeric) {
    const asio::ip::tcp::endpoint endpoint(ip, where->port);
    std::tie(error) = co_await socket_.async_connect(endpoint, as_result);
  } else {
    const std::string port = std::to_string(where->port);
    auto [unresolved, endpoints] = co_await resolver_.async_resolve(where->host, port, as_result);
    if (unresolved) co_return unresolved;
    auto [refused, endpoint] = co_await asio::async_connect(socket_, endpoints, as_result);
    error = refused;
  }
  if (!error) transport::set_link_options(socket_);
  co_return error;
}

void MemberConnection::send(const Packet& packet, std::string_view id) {
  queue_.push_back(encode(packet, id));
  if (writing_) return;
  writing_ = true;
  asio::co_spawn(
      executor_, [self = shared_from_this()] { return self->write_loop(); },
      [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
      });
}

asio::awaitable<void> MemberConnection::write_loop() {
  while (!queue_.empty() && socket_.is_open()) {
    const std::vector<EncodedPacket> under_way = std::exchange(queue_, {});
    const std::vector<asio::const_buffer> pieces = gather(under_way);
    auto [error, written] = co_await asio::async_write(socket_, pieces, as_result);
    // The reader learns of it by itself: what the member said before it closed is worth reading first.
    if (error) queue_.clear();
  }
  writing_ = false;
}

asio::awaitable<Result<void>> MemberConnection::receive() {
  const auto space = asio::buffer(input_.space().data(), input_.space().size());
  auto [error, size] = co_await socket_.async_read_some(space, as_result);
  if (error) co_return broken(error);
  input_.grew(size);
  co_return Result<void>();
}

std::optional<Result<Tagged>> MemberConnection::take_received() {
  FrameReader::Next next = input_.next();
  if (std::holds_alternative<std::monostate>(next)) return std::nullopt;
  if (const auto* wrong = std::get_if<PacketError>(&next))
    return refusal("what came from " + address_, wrong->answer);
  Frame& frame = std::get<Frame>(next);
  auto decoded = decode(frame.header, std::move(frame.body));
  if (!decoded) return refusal("what came from " + address_, decoded.error().answer);
  return std::move(*decoded);
}

asio::awaitable<Result<Packet>> MemberConnection::ask(Packet request, std::chrono::milliseconds within) {
  send(request);
  expect_answer(within);
  std::optional<Result<Tagged>> answer = take_received();
  while (!answer) {
    Result<void> more = co_await receive();
    if (!more) co_return tl::unexpected(std::move(more.error()));
    answer = take_received();
  }
  answered();
  if (!*answer) co_return tl::unexpected(std::move(answer->error()));
  co_return std::move((*answer)->packet);
}

void MemberConnection::expect_answer(std::chrono::milliseconds within) {
  silence_ = within;
  watch_ += 1;
  watchdog_.expires_after(within);
  watchdog_.async_wait([self = weak_from_this(), watch = watch_](asio::error_code) {
    const Pointer connection = self.lock();
    if (!connection || connection->watch_ != watch) return;
    connection->timed_out_ = true;
    connection->close();
  });
}

void MemberConnection::answered() {
  watch_ += 1;
  watchdog_.cancel();
}

void MemberConnection::close() {
  answered();
  asio::error_code ignored;
  resolver_.cancel();
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

tl::unexpected<Error> MemberConnection::broken(asio::error_code error) const {
  if (timed_out_) {
    return failure(std::errc::timed_out,
                   address_ + ": no answer within " + std::to_string(silence_.count()) + " ms");
  }
  if (error == asio::error::eof) return failure(error, address_ + ": it closed the connection");
  return failure(error, address_ + ": " + error.message());
}

}  // namespace bellwether::client
