// What the tests of sessions share: a node that answers what the test says, and a plain socket as the other end.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/server.hpp"

namespace bellwether::http {

using asio::ip::tcp;
using std::chrono::milliseconds;

class FakeService : public node::Service {
 public:
  Packet status() override { return standing; }
  Packet members() override { return MembersAnswer{standing.members}; }
  Packet leader() override { return LeaderAnswer{}; }
  std::vector<Check> readiness() override { return checks; }
  std::string metrics() override { return "# a scrape\n"; }
  void on_refused(ErrorCode reason) override { refused.push_back(reason); }
  void append(std::uint32_t count, Bytes messages, OnAppended done) override {
    appended.push_back({count, std::move(messages)});
    on_appended = std::move(done);
    if (answer) on_appended(*answer);
  }
  std::unique_ptr<Reading> read(const TailRequest& request, OnMore on_more) override {
    asked = request;
    more = std::move(on_more);
    return std::make_unique<FakeReading>(*this);
  }

  class FakeReading : public Reading {
   public:
    explicit FakeReading(FakeService& service) : service_(service) { ++service_.being_read; }
    ~FakeReading() override { --service_.being_read; }
    std::optional<Packet> take() override {
      if (service_.pieces.empty()) return std::nullopt;
      Packet piece = std::move(service_.pieces.front());
      service_.pieces.pop_front();
      return piece;
    }

   private:
    FakeService& service_;
  };

  StatusAnswer standing;
  std::vector<ErrorCode> refused;
  std::vector<std::pair<std::uint32_t, Bytes>> appended;
  std::optional<Packet> answer;  // given at once
  OnAppended on_appended;
  TailRequest asked;
  OnMore more;
  std::deque<Packet> pieces;
  int being_read = 0;
  std::vector<Check> checks{{"leader", true, "no-leader", ""}};
};

class SessionTest : public testing::Test {
 protected:
  void connect() {
    tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    client.connect(acceptor.local_endpoint());
    client.non_blocking(true);
    session = Server(service, limits).make(acceptor.accept());
    session->place = place;
    place.reset();
    session->start();
  }
  void TearDown() override {
    service.on_appended = nullptr;
    session->close();
    EXPECT_TRUE(run([&] { return session.use_count() == 1; }));
  }

  void send(std::string_view text) { asio::write(client, asio::buffer(text)); }
  bool run(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + milliseconds(20'000);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      io.restart();
      io.run_one_for(milliseconds(10));
      poll();
    }
    return true;
  }
  void poll() {
    char piece[65536];
    std::error_code error;
    while (!error) {
      const std::size_t size = client.read_some(asio::buffer(piece), error);
      received.append(piece, size);
    }
    if (error != asio::error::would_block) has_ended = true;
  }
  std::size_t count(std::string_view part) const {
    std::size_t found = 0;
    for (auto at = received.find(part); at != std::string::npos; at = received.find(part, at + 1)) ++found;
    return found;
  }
  bool wait_for(std::string_view part, std::size_t times = 1) {
    return run([&] { return count(part) >= times; });
  }
  bool wait_for_end() {
    return run([&] { return has_ended; });
  }

  FakeService service;
  transport::ConnectionLimits limits;
  asio::io_context io{1};
  tcp::socket client{io};
  std::shared_ptr<transport::Session> session;
  std::shared_ptr<void> place = std::make_shared<int>(0);
  std::string received;
  bool has_ended = false;
};

}  // namespace bellwether::http
