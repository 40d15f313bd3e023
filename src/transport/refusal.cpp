#include "transport/refusal.hpp"

#include <array>
#include <asio/buffer.hpp>
#include <asio/write.hpp>
#include <string>
#include <utility>

#include "protocol/codec.hpp"
#include "protocol/limits.hpp"
#include "transport/coroutine.hpp"

namespace bellwether::transport {
namespace {

using asio::ip::tcp;

constexpr std::size_t discarded_bytes_max = 1 * limits::mib;

std::string error_line(ErrorCode code, std::string message, std::string hint) {
  ErrorAnswer answer;
  answer.code = code;
  answer.message = std::move(message);
  answer.hint = std::move(hint);
  const Packet packet = std::move(answer);
  return encode(packet).header;
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
    case Speech::http:
      return error_line(ErrorCode::not_built, "this port does not speak HTTP", "send JSON packets");
    case Speech::packets:
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

}  // namespace

ErrorCode reason_to_refuse(Speech speech) {
  const bool is_known = speech == Speech::tls || speech == Speech::syslog || speech == Speech::http;
  return is_known ? ErrorCode::not_built : ErrorCode::bad_packet;
}

asio::awaitable<void> refuse_speech(tcp::socket& socket, Speech speech, ConnectionLimits limits) {
  std::string text = refusal_of(speech);
  co_await say_and_end(socket, std::move(text), limits);
}

asio::awaitable<void> refuse_busy(tcp::socket& socket, ConnectionLimits limits) {
  std::string text = error_line(ErrorCode::busy, "this node has all the connections that it takes",
                                "try again later, or ask another member");
  co_await say_and_end(socket, std::move(text), limits);
}

}  // namespace bellwether::transport
