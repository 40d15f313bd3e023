#include "node/tails.hpp"

#include <asio/post.hpp>
#include <utility>

#include "transport/limits.hpp"

namespace bellwether::node {
namespace {

class ConnectionReader : public TailReader {
 public:
  explicit ConnectionReader(const Asker& asker) : connection_(asker.connection), slot_(asker.slot) {}

  bool is_full() const override {
    return connection_->output_bytes() >= transport::ConnectionLimits{}.output_bytes_pause;
  }
  void add(const Packet& packet) override { connection_->answer_part(slot_, packet); }
  void end(const Packet& packet) override { connection_->answer(slot_, packet); }

 private:
  std::shared_ptr<transport::Connection> connection_;
  std::uint64_t slot_;
};

}  // namespace

Tails::Tails(asio::io_context& io, Engine& engine, Requests& requests)
    : io_(io), engine_(engine), requests_(requests), keep_alive_timer_(io) {
  keep_alive_later();
}

void Tails::add(const Asker& reader, const TailRequest& request) {
  auto* connection = reader.connection.get();
  auto& queue = queues_[connection];
  auto on_done = [this, connection] { asio::post(io_, [this, connection] { start_next(connection); }); };
  queue.push_back(std::make_shared<TailSession>(
      io_, engine_, requests_, std::make_shared<ConnectionReader>(reader), request, std::move(on_done)));
  if (queue.size() > 1) return;
  connection->on_output_drained = [this, connection] {
    advance(connection);
    engine_.finish();
  };
  queue.front()->start();
}

std::weak_ptr<TailSession> Tails::open(std::shared_ptr<TailReader> reader, const TailRequest& request) {
  auto on_done = [this] { asio::post(io_, [this] { forget_done(); }); };
  others_.push_back(
      std::make_shared<TailSession>(io_, engine_, requests_, std::move(reader), request, std::move(on_done)));
  const auto session = others_.back();
  session->start();
  return session;
}

void Tails::forget_done() {
  std::erase_if(others_, [](const auto& session) { return session->is_done(); });
}

// In a list of their own: a session may end, or another one begin, while they are gone through.
std::vector<std::shared_ptr<TailSession>> Tails::being_read() const {
  auto sessions = others_;
  for (const auto& [connection, queue] : queues_) sessions.push_back(queue.front());
  return sessions;
}

void Tails::advance() {
  for (const auto& session : being_read()) session->advance();
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
  for (const auto& session : being_read()) session->on_readable();
}

void Tails::end_all(const std::string& reason) {
  for (auto& [connection, queue] : std::exchange(queues_, {})) {
    for (const auto& session : queue) session->end(reason);
  }
  for (const auto& session : std::exchange(others_, {})) session->end(reason);
}

void Tails::keep_alive_later() {
  keep_alive_timer_.expires_after(std::chrono::milliseconds(500));
  keep_alive_timer_.async_wait([this](const std::error_code& error) {
    if (error) return;
    for (const auto& session : being_read()) session->keep_alive();
    advance();
    engine_.finish();
    keep_alive_later();
  });
}

}  // namespace bellwether::node
