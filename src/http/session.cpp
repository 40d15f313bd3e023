#include "http/session.hpp"

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <optional>
#include <utility>
#include <variant>

#include "base/wall_clock.hpp"
#include "http/calls.hpp"
#include "http/questions.hpp"
#include "protocol/limits.hpp"
#include "transport/coroutine.hpp"
#include "transport/socket_options.hpp"

namespace bellwether::http {
namespace {

using transport::as_result;
using transport::Clock;
using transport::Deadline;

constexpr std::size_t discarded_bytes_max =
    16 * bellwether::limits::mib;  // of a sender that was told to stop

}  // namespace

Session::Session(asio::ip::tcp::socket socket, node::Service& service,
                 const transport::ConnectionLimits& limits)
    : socket_(std::move(socket)), service_(service), limits_(limits), request_began_(Clock::now()) {}

void Session::start() {
  transport::set_stream_options(socket_);
  const auto executor = socket_.get_executor();
  transport::spawn(executor, shared_from_this(), &Session::run, "an HTTP session");
}

void Session::close() {
  if (!std::exchange(is_open_, false)) return;
  std::error_code ignored;
  socket_.close(ignored);
  place.reset();
}

asio::awaitable<void> Session::run() {
  bool goes_on = true;
  while (goes_on && is_open_) {
    RequestParser::Next next = co_await receive();
    if (auto* request = std::get_if<Request>(&next)) {
      goes_on = co_await serve(std::move(*request));
    } else {
      goes_on = false;
      if (const auto* refusal = std::get_if<Refusal>(&next)) {
        Response response = response_of(*refusal);
        co_await send(std::move(response), Manner{});
      }
    }
  }
  if (is_open_) co_await linger();
  close();
}

// ---- requests come in

asio::awaitable<RequestParser::Next> Session::receive() {
  request_began_ = Clock::now();
  while (is_open_) {
    RequestParser::Next next = parser_.next();
    if (!std::holds_alternative<std::monostate>(next)) co_return next;
    if (const Request* head = parser_.take_expectation()) {
      auto resolved = resolve(*head);
      if (auto* refusal = std::get_if<Refusal>(&resolved)) co_return std::move(*refusal);
      std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await write(std::move(go_on));
    }
    const bool is_idle = parser_.is_empty();
    const bool has_read = co_await read_more();
    if (has_read) {
      if (is_idle) request_began_ = Clock::now();
      continue;
    }
    if (is_idle || !is_open_) break;
    if (is_late_) {
      co_return refuse(408, ErrorCode::bad_packet, "the request did not come to its end within 60 s");
    }
    if (is_eof_)
      co_return refuse(400, ErrorCode::bad_packet, "the connection ended in the middle of a request");
    break;
  }
  co_return RequestParser::Next();
}

std::chrono::milliseconds Session::patience() const {
  if (parser_.is_empty()) return limits_.idle_within;
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - request_began_);
  return std::max(limits_.packet_within - passed, std::chrono::milliseconds(0));
}

asio::awaitable<bool> Session::read_more() {
  const Deadline deadline(socket_.get_executor(), patience(), [this] {
    is_late_ = true;
    std::error_code ignored;
    socket_.cancel(ignored);
  });
  const auto space = parser_.space();
  const auto buffer = asio::buffer(space.data(), space.size());
  const auto [error, size] = co_await socket_.async_read_some(buffer, as_result);
  if (error == asio::error::eof) is_eof_ = true;
  if (error || !is_open_) co_return false;
  parser_.grew(size);
  co_return true;
}

// ---- answers go out

asio::awaitable<bool> Session::serve(Request request) {
  Manner manner;
  manner.has_body = request.method != Method::head;
  manner.keeps_alive = request.keeps_alive;
  manner.takes_chunks = request.takes_chunks;
  const auto resolved = resolve(request);
  Response response;
  if (const auto* refusal = std::get_if<Refusal>(&resolved)) {
    response = response_of(*refusal);
  } else {
    response = answer(std::get<Resolved>(resolved), service_);
  }
  co_return co_await send(std::move(response), manner);
}

asio::awaitable<bool> Session::send(Response response, Manner manner) {
  std::string text = encode(response, manner, wall_clock_ms());
  const bool written = co_await write(std::move(text));
  co_return written&& manner.keeps_alive;
}

// The time is for each piece that the other takes.
asio::awaitable<bool> Session::write(std::string text) {
  for (std::size_t at = 0; at < text.size() && is_open_;) {
    const Deadline deadline(socket_, limits_.write_within);
    const auto buffer = asio::buffer(text.data() + at, text.size() - at);
    const auto [error, size] = co_await socket_.async_write_some(buffer, as_result);
    if (error) close();
    at += size;
  }
  co_return is_open_;
}

// Closing a socket with unread input resets it, and a reset can overtake the last answer. So our end is closed first, then
// what the other still sends is read and dropped for a while.
asio::awaitable<void> Session::linger() {
  const Deadline deadline(socket_, limits_.linger_within);
  std::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  std::array<std::byte, 4096> scratch;
  for (std::size_t discarded = 0; !is_eof_ && discarded < discarded_bytes_max;) {
    const auto buffer = asio::buffer(scratch);
    const auto [error, size] = co_await socket_.async_read_some(buffer, as_result);
    if (error) break;
    discarded += size;
  }
}

}  // namespace bellwether::http
