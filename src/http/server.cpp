#include "http/server.hpp"

#include <utility>

#include "http/session.hpp"

namespace bellwether::http {

std::shared_ptr<transport::Session> Server::make(asio::ip::tcp::socket socket) {
  return std::make_shared<Session>(std::move(socket), service_, limits_);
}

}  // namespace bellwether::http
