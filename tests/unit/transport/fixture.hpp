// What the tests of transport share: an io_context that runs until a condition holds or a deadline passes, a
// plain blocking-free socket as the other end, and a handler that records.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "transport/listener.hpp"

namespace bellwether::transport {

using asio::ip::tcp;
using std::chrono::milliseconds;

constexpr milliseconds patience{20'000};  // far beyond what any condition needs, sanitizers included

inline bool run_until(asio::io_context& io, const std::function<bool()>& condition,
                      milliseconds within = patience) {
  const auto end = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    io.restart();
    io.run_one_for(milliseconds(10));
  }
  return true;
}

struct Received {
  std::shared_ptr<Connection> connection;
  std::uint64_t slot = 0;
  Packet packet;
};

// Keeps what arrives, or does with it what the test says.
class RecordingHandler : public PacketHandler {
 public:
  void on_packet(const std::shared_ptr<Connection>& connection, std::uint64_t slot, Packet packet) override {
    received.push_back({connection, slot, std::move(packet)});
    const Received latest = received.back();
    if (react) react(latest);
  }
  void on_batch_end() override { ++batches; }
  void on_closed(const std::shared_ptr<Connection>&) override { ++closed; }
  void on_refused(ErrorCode reason) override { refused.push_back(reason); }

  std::function<void(const Received&)> react;
  std::vector<Received> received;
  std::vector<ErrorCode> refused;
  int batches = 0;
  int closed = 0;
};

// The other end: raw bytes, as a stranger may send them.
class RawClient {
 public:
  RawClient(asio::io_context& io, std::uint16_t port) : io_(io), socket_(io) {
    socket_.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
    socket_.non_blocking(true);
  }

  // Never waits in the system: the node's side runs on the same thread.
  void send(std::string_view bytes) {
    const bool is_sent = run_until(io_, [&] {
      std::error_code error;
      const std::size_t sent = socket_.write_some(asio::buffer(bytes), error);
      bytes.remove_prefix(sent);
      return bytes.empty() || (error && error != asio::error::would_block);
    });
    EXPECT_TRUE(is_sent);
  }

  void end_output() { socket_.shutdown(tcp::socket::shutdown_send); }
  void close() { socket_.close(); }
  // A dead process's socket with unread input, or one whose machine says RST.
  void reset() {
    socket_.set_option(tcp::socket::linger(true, 0));
    socket_.close();
  }

  // Reads what is there; true while the other end has not closed.
  bool poll() {
    char piece[65536];
    std::error_code error;
    while (!error) {
      const std::size_t size = socket_.read_some(asio::buffer(piece), error);
      text.append(piece, size);
      lines_ += static_cast<std::size_t>(std::count(piece, piece + size, '\n'));
    }
    if (error == asio::error::eof) has_ended = true;
    if (error != asio::error::would_block && error != asio::error::eof) was_reset = true;
    return !has_ended && !was_reset;
  }
  bool wait_for(std::string_view part) {
    return run_until(io_, [&] { return poll(), text.find(part) != std::string::npos; });
  }
  bool wait_for_end() {
    return run_until(io_, [&] { return !poll(); });
  }
  std::size_t lines() const { return lines_; }
  tcp::socket& socket() { return socket_; }

  std::string text;
  bool has_ended = false;
  bool was_reset = false;

 private:
  asio::io_context& io_;
  tcp::socket socket_;
  std::size_t lines_ = 0;
};

class TransportTest : public testing::Test {
 protected:
  void listen() {
    auto opened = Listener::open(io, "127.0.0.1", 0, handler, limits);
    ASSERT_TRUE(opened) << opened.error().what;
    listener = *std::move(opened);
    listener->start();
  }
  void TearDown() override {
    handler.react = nullptr;
    handler.received.clear();  // connections do not outlive the io_context
  }
  RawClient connect() { return RawClient(io, listener->port()); }
  bool run(const std::function<bool()>& condition) { return run_until(io, condition); }
  bool run_until_received(std::size_t count) {
    return run([&] { return handler.received.size() >= count; });
  }

  RecordingHandler handler;
  asio::io_context io{1};
  ConnectionLimits limits;
  std::unique_ptr<Listener> listener;
};

}  // namespace bellwether::transport
