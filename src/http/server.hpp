// http/server.hpp: makes the sessions of the connections that speak HTTP.
// Threads: the I/O thread.
#pragma once

#include <memory>

#include "node/service.hpp"
#include "transport/limits.hpp"
#include "transport/session.hpp"

namespace bellwether::http {

class Server : public transport::SessionMaker {
 public:
  explicit Server(node::Service& service, const transport::ConnectionLimits& limits = {})
      : service_(service), limits_(limits) {}

  std::shared_ptr<transport::Session> make(asio::ip::tcp::socket socket) override;

 private:
  node::Service& service_;
  transport::ConnectionLimits limits_;
};

}  // namespace bellwether::http
