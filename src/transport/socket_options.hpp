// transport/socket_options.hpp: how every connection's socket is set up.
#pragma once

#include <asio/ip/tcp.hpp>

namespace bellwether::transport {

// No delay for small packets, and probes that find a machine that vanished without a word. Failures are
// ignored: the socket works without.
void set_stream_options(asio::ip::tcp::socket& socket);

// Besides: what stays unacknowledged by the other machine for 10 s breaks the connection.
void set_link_options(asio::ip::tcp::socket& socket);

}  // namespace bellwether::transport
