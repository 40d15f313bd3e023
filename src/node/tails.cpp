#include "node/tails.hpp"

#include <utility>
#include <vector>

namespace bellwether::node {

Tails::Tails(asio::io_context& io, Engine& engine, Requests& requests)
    : io_(io), engine_(engine), requests_(requests), keep_alive_timer_(io) {
  keep_alive_later();
}

void Tails::add(const Asker& reader, const TailRequest& request) {
  auto* connection = reader.connection.get();
  auto& queue = queues_[connection];
  queue.push_back(std::make_shared<TailSession>(io_, engine_, requests_, reader, request));
  if (queue.size() > 1) return;
  connection->on_output_drained = [this, connection] {
    advance(connection);
    engine_.finish();
  };
  queue.front()->start();
  advance(connection);
}

void Tails::advance() {
  std::vector<const transport::Connection*> connections;  // since a session that ends takes its queue with it
  for (const auto& [connection, queue] : queues_) connections.push_back(connection);
  for (const auto* connection : connections) advance(connection);
}

void Tails::advance(const transport::Connection* connection) {
  const auto found = queues_.find(connection);
  if (found == queues_.end()) return;
  auto& queue = found->second;
  queue.front()->advance();
  while (queue.front()->is_done()) {
    queue.pop_front();
    if (queue.empty()) {
      queues_.erase(found);
      return;
    }
    queue.front()->start();
  }
}

void Tails::on_closed(const transport::Connection& connection) {
  const auto found = queues_.find(&connection);
  if (found == queues_.end()) return;
  for (const auto& session : found->second) session->abandon();
  queues_.erase(found);
}

void Tails::end_all(const std::string& reason) {
  for (auto& [connection, queue] : std::exchange(queues_, {})) {
    for (const auto& session : queue) session->end(reason);
  }
}

void Tails::keep_alive_later() {
  keep_alive_timer_.expires_after(std::chrono::seconds(1));
  keep_alive_timer_.async_wait([this](const std::error_code& error) {
    if (error) return;
    for (const auto& [connection, queue] : queues_) queue.front()->keep_alive();
    advance();
    engine_.finish();
    keep_alive_later();
  });
}

}  // namespace bellwether::node
