#include "http/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "http/server.hpp"

namespace bellwether::http {
namespace {

using asio::ip::tcp;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;

class FakeService : public node::Service {
 public:
  Packet status() override { return StatusAnswer{}; }
  Packet members() override { return MembersAnswer{}; }
  Packet leader() override { return LeaderAnswer{}; }
  std::vector<Check> readiness() override { return checks; }

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
    if (const auto open = session) open->close();
    run([&] { return session.use_count() == 1; });
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

constexpr std::string_view health = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_F(SessionTest, RequestsOnOneConnectionAreAnsweredInTheirOrder) {
  connect();
  send(health);
  ASSERT_TRUE(wait_for("ok\n"));
  send(std::string(health) + "GET /v1/leader HTTP/1.1\r\nHost: x\r\n\r\n" + std::string(health));
  ASSERT_TRUE(wait_for("ok\n", 3));
  EXPECT_EQ(count("HTTP/1.1 200 OK"), 4U);
  EXPECT_THAT(received, HasSubstr("{\"leader\":null,"));
  EXPECT_FALSE(has_ended);
}

TEST_F(SessionTest, AHalfClosedConnectionStillGetsItsAnswers) {
  connect();
  send(std::string(health) + std::string(health));
  client.shutdown(tcp::socket::shutdown_send);
  ASSERT_TRUE(wait_for_end());
  EXPECT_EQ(count("ok\n"), 2U);
}

TEST_F(SessionTest, CloseIsGrantedAndSaid) {
  connect();
  send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(wait_for_end());
  EXPECT_THAT(received, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(received, HasSubstr("ok\n"));
}

TEST_F(SessionTest, HeadGetsNoBody) {
  connect();
  send("HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(wait_for_end());
  EXPECT_THAT(received, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_TRUE(received.ends_with("\r\n\r\n")) << received;
}

TEST_F(SessionTest, ReadinessNamesTheFirstReasonAndListsAllOnRequest) {
  service.checks = {{"leader", false, "no-leader", "an election is going on"},
                    {"disk", true, "disk-refusing", ""}};
  connect();
  send("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\nGET /readyz?verbose HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(wait_for("no-leader\n", 2));
  EXPECT_EQ(count("HTTP/1.1 503 "), 2U);
  EXPECT_THAT(received, HasSubstr("[-]leader: an election is going on\n[+]disk ok\n"));
}

TEST_F(SessionTest, WhatCannotBeFollowedIsAnsweredAndEnds) {
  connect();
  send("GET / HTTP/1.1\r\nnonsense\r\n\r\n" + std::string(100'000, 'x'));
  ASSERT_TRUE(wait_for_end());
  EXPECT_THAT(received, StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(received, HasSubstr("\"code\":\"bad-packet\""));
}

TEST_F(SessionTest, ARequestThatIsNotForItsPathLeavesTheConnectionOpen) {
  connect();
  send("POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" + std::string(health));
  ASSERT_TRUE(wait_for("ok\n"));
  EXPECT_THAT(received, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(received, HasSubstr("Allow: GET, HEAD, OPTIONS\r\n"));
}

TEST_F(SessionTest, WhoAsksBeforeSendingABodyIsToldNoAtOnce) {
  connect();
  send("POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(wait_for_end());
  EXPECT_THAT(received, StartsWith("HTTP/1.1 404 "));
  EXPECT_EQ(count("100 Continue"), 0U);
}

TEST_F(SessionTest, ARequestThatDoesNotComeToItsEndIsToldSo) {
  limits.packet_within = milliseconds(40);
  connect();
  send("GET /healthz HT");
  ASSERT_TRUE(wait_for_end());
  EXPECT_THAT(received, StartsWith("HTTP/1.1 408 "));
}

TEST_F(SessionTest, ARequestThatIsCutOffIsToldSo) {
  connect();
  send("GET /healthz HT");
  client.shutdown(tcp::socket::shutdown_send);
  ASSERT_TRUE(wait_for_end());
  EXPECT_THAT(received, StartsWith("HTTP/1.1 400 "));
}

TEST_F(SessionTest, AnIdleConnectionIsClosedWithoutAWordAndGivesItsPlaceBack) {
  limits.idle_within = milliseconds(40);
  const std::weak_ptr<void> taken = place;
  connect();
  ASSERT_TRUE(wait_for_end());
  EXPECT_EQ(received, "");
  EXPECT_TRUE(run([&] { return taken.expired(); }));
}

}  // namespace
}  // namespace bellwether::http
