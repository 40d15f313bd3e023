// transport/listener.hpp: accepts on the node's one port and looks at the first byte: `{` becomes a
// Connection, an upper-case letter an HTTP session; syslog and TLS get a refusal, each in its own manner, until they are
// built.
// Errors:  a failed accept (no file descriptors left) is tried again a little later; it never ends the
//          listener.
// Threads: the I/O thread.
#pragma once

#include <asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "transport/connection.hpp"
#include "transport/session.hpp"

namespace bellwether::transport {

class Listener {
 public:
  // Errors: the address cannot be resolved or bound; `what` names it and says what to do. Port 0: any free
  // one. Looks a host name up, so it may block: for the start of a program.
  static Result<std::unique_ptr<Listener>> open(asio::io_context& io, const std::string& host,
                                                std::uint16_t port, PacketHandler& handler,
                                                ConnectionLimits limits);
  ~Listener();  // as stop(); open connections go on, so the handler must outlive them

  void speak_http(std::shared_ptr<SessionMaker> http);  // else it is refused; before start()
  void start();
  void stop();  // accepts nothing more; open connections go on
  void close_connections();
  std::uint16_t port() const;
  std::size_t connections() const;  // open ones, those included that have not said anything yet
  std::uint64_t accepted() const;   // since it was opened, those included that were turned away

 private:
  struct Impl;
  explicit Listener(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace bellwether::transport
