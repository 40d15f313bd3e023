#include "transport/refusal.hpp"

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/write.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/codec.hpp"
#include "protocol/limits.hpp"
#include "transport/coroutine.hpp"

namespace bellwether::transport {
namespace {

using asio::ip::tcp;

constexpr std::size_t http_head_bytes_max = 64 * limits::kib;
constexpr std::size_t discarded_bytes_max = 1 * limits::mib;

std::string error_line(ErrorCode code, std::string message, std::string hint) {
  ErrorAnswer answer;
  answer.code = code;
  answer.message = std::move(message);
  answer.hint = std::move(hint);
  const Packet packet = std::move(answer);
  return encode(packet).header;
}

std::string http_answer(std::string_view status, std::string_view body, bool has_body) {
  std::string text = "HTTP/1.1 " + std::string(status) +
                     "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                     "\r\nConnection: close\r\n\r\n";
  if (has_body) text += body;
  return text;
}

std::string http_refusal(std::string_view head) {
  constexpr std::string_view not_built =
      R"({"code":"not-built","message":"this node does not speak HTTP yet",)"
      R"("hint":"send JSON packets to the same port, or use bellwetherctl"})"
      "\n";
  return http_answer("501 Not Implemented", not_built, !head.starts_with("HEAD "));
}

std::string http_head_refusal() {
  constexpr std::string_view too_large =
      R"({"code":"too-large","message":"the request's head is over 64 KiB","hint":"send fewer or shorter headers"})"
      "\n";
  return http_answer("431 Request Header Fields Too Large", too_large, true);
}

// A fatal alert, handshake_failure, in a record of TLS 1.2: every version reads that.
std::string tls_alert() {
  constexpr std::array<char, 7> record = {0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28};
  return std::string(record.begin(), record.end());
}

std::string refusal_of(Speech speech) {
  switch (speech) {
    case Speech::tls:
      return tls_alert();
    case Speech::syslog:
      return error_line(ErrorCode::not_built, "this node does not take syslog messages yet",
                        "send JSON packets, or pipe the lines into bellwether-producer --stdin");
    case Speech::packets:
    case Speech::http:
    case Speech::unknown:
      break;
  }
  return error_line(ErrorCode::bad_packet, "the first byte is none of a packet's, HTTP's, TLS's or syslog's",
                    R"(a packet is one line of JSON, for example {"type":"status"})");
}

// Sends `text` and our end, then reads and drops what still comes: closing with unread input resets the
// connection, and a reset can overtake the answer.
asio::awaitable<void> say_and_end(tcp::socket& socket, std::string text, ConnectionLimits limits) {
  const Deadline deadline(socket, limits.linger_within);
  const auto buffer = asio::buffer(text);
  const auto [write_error, written] = co_await asio::async_write(socket, buffer, as_result);
  if (write_error) co_return;
  std::error_code ignored;
  socket.shutdown(tcp::socket::shutdown_send, ignored);

  std::array<std::byte, 4096> scratch;
  for (std::size_t discarded = 0; discarded < discarded_bytes_max;) {
    const auto space = asio::buffer(scratch);
    const auto [error, size] = co_await socket.async_read_some(space, as_result);
    if (error) break;
    discarded += size;
  }
}

// The request's head, or what came of it before the end, the deadline or the limit.
asio::awaitable<std::string> read_http_head(tcp::socket& socket, ConnectionLimits limits) {
  const Deadline deadline(socket, limits.packet_within);
  std::string head;
  std::array<char, 4096> piece;
  while (head.size() <= http_head_bytes_max) {
    const auto space = asio::buffer(piece);
    const auto [error, size] = co_await socket.async_read_some(space, as_result);
    if (error) break;
    const std::size_t seen = head.size() - std::min<std::size_t>(head.size(), 3);
    head.append(piece.data(), size);
    if (head.find("\r\n\r\n", seen) != std::string::npos) break;
  }
  co_return head;
}

asio::awaitable<void> refuse_http(tcp::socket& socket, ConnectionLimits limits) {
  const std::string head = co_await read_http_head(socket, limits);
  std::string answer = head.size() > http_head_bytes_max ? http_head_refusal() : http_refusal(head);
  co_await say_and_end(socket, std::move(answer), limits);
}

}  // namespace

asio::awaitable<void> refuse_speech(tcp::socket& socket, Speech speech, ConnectionLimits limits) {
  if (speech == Speech::http) {
    co_await refuse_http(socket, limits);
    co_return;
  }
  std::string text = refusal_of(speech);
  co_await say_and_end(socket, std::move(text), limits);
}

asio::awaitable<void> refuse_busy(tcp::socket& socket, ConnectionLimits limits) {
  std::string text = error_line(ErrorCode::busy, "this node has all the connections that it takes",
                                "try again later, or ask another member");
  co_await say_and_end(socket, std::move(text), limits);
}

}  // namespace bellwether::transport
