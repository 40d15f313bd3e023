// transport/session.hpp: a connection that speaks something else than packets, as the listener sees it: who made it
// knows what.
// Threads: the I/O thread.
#pragma once

#include <asio/ip/tcp.hpp>
#include <memory>

namespace bellwether::transport {

class Session {
 public:
  virtual ~Session() = default;
  virtual void start() = 0;
  virtual void close() = 0;
  std::shared_ptr<void> place;  // released when it closes: how the listener counts
};

class SessionMaker {
 public:
  virtual ~SessionMaker() = default;
  // Of an accepted socket that nothing was read from. It lives on by itself once it is started, until it closes.
  virtual std::shared_ptr<Session> make(asio::ip::tcp::socket socket) = 0;
};

}  // namespace bellwether::transport
