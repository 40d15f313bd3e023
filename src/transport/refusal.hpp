// transport/refusal.hpp: a clear no, in the other's own language, to a connection that this node does not
// serve.
// Threads: the I/O thread.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>

#include "protocol/error_code.hpp"
#include "transport/first_byte.hpp"
#include "transport/limits.hpp"

namespace bellwether::transport {

// Each of these reads what has to be read, answers, and lets the other take the answer before the socket is
// closed. The socket outlives the call.
asio::awaitable<void> refuse_speech(asio::ip::tcp::socket& socket, Speech speech, ConnectionLimits limits);
ErrorCode reason_to_refuse(Speech speech);  // its code, where the other's language has none
asio::awaitable<void> refuse_busy(asio::ip::tcp::socket& socket, ConnectionLimits limits);

}  // namespace bellwether::transport
