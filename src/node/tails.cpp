#include "node/tails.hpp"

#include <asio/post.hpp>
#include <utility>

namespace bellwether::node {

Tails::Tails(asio::io_context& io, Engine& engine, Requests& requests)
    : io_(io), engine_(engine), requests_(requests), keep_alive_timer_(io) {
  keep_alive_later();
}

void Tails::add(const Asker& reader, const TailRequest& request) {
  auto* connection = reader.connection.get();
  auto& queue = queues_[connection];
  auto on_done = [this, connection] { asio::post(io_, [this, connection] { start_next(connection); }); };
  queue.push_back(
      std::make_shared<TailSession>(io_, engine_, requests_, reader, request, std::move(on_done)));
  if (queue.size() > 1) return;
  connection->on_output_drained = [this, connection] {
    advance(connection);
    engine_.finish();
  };
  queue.front()->start();
}

void Tails::advance() {
  for (const auto& [connection, queue] : queues_) queue.front()->advance();
}

void Tails::advance(const transport::Connection* connection) {
  const auto found = queues_.find(connection);
  if (found != queues_.end()) found->second.front()->advance();
}

void Tails::start_next(const transport::Connection* connection) {
  const auto found = queues_.find(connection);
  if (found == queues_.end() || !found->second.front()->is_done()) return;
  found->second.pop_front();
  if (found->second.empty()) {
    queues_.erase(found);
  } else {
    found->second.front()->start();
  }
  engine_.finish();
}

void Tails::on_closed(const transport::Connection& connection) {
  const auto found = queues_.find(&connection);
  if (found == queues_.end()) return;
  for (const auto& session : found->second) session->abandon();
  queues_.erase(found);
}

void Tails::on_readable() {
  for (const auto& [connection, queue] : queues_) queue.front()->on_readable();
}

void Tails::end_all(const std::string& reason) {
  for (auto& [connection, queue] : std::exchange(queues_, {})) {
    for (const auto& session : queue) session->end(reason);
  }
}

void Tails::keep_alive_later() {
  keep_alive_timer_.expires_after(std::chrono::milliseconds(500));
  keep_alive_timer_.async_wait([this](const std::error_code& error) {
    if (error) return;
    for (const auto& [connection, queue] : queues_) queue.front()->keep_alive();
    advance();
    engine_.finish();
    keep_alive_later();
  });
}

}  // namespace bellwether::node
