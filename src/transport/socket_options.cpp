#include "transport/socket_options.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace bellwether::transport {
namespace {

constexpr int probe_after_s = 30;
constexpr int probe_every_s = 10;
constexpr int probes_max = 3;
constexpr int link_unacknowledged_ms_max = 10'000;

void set(asio::ip::tcp::socket& socket, int level, int option, int value) {
  static_cast<void>(::setsockopt(socket.native_handle(), level, option, &value, sizeof value));
}

}  // namespace

void set_stream_options(asio::ip::tcp::socket& socket) {
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, probe_after_s);
  set(socket, IPPROTO_TCP, TCP_KEEPINTVL, probe_every_s);
  set(socket, IPPROTO_TCP, TCP_KEEPCNT, probes_max);
}

void set_link_options(asio::ip::tcp::socket& socket) {
  set_stream_options(socket);
  set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, link_unacknowledged_ms_max);
}

}  // namespace bellwether::transport
