#include "transport/peer_link.hpp"

#include <algorithm>
#include <variant>

#include "fixture.hpp"

namespace bellwether::transport {
namespace {

Hello hello_from(std::uint64_t id) {
  Hello hello;
  hello.cluster = "c";
  hello.from = NodeId{id};
  hello.to = NodeId{3 - id};
  hello.address = "127.0.0.1:1";
  hello.key = "k";
  return hello;
}

Packet heartbeat(std::uint64_t round) {
  HeartbeatRequest request;
  request.round = round;
  return Message(request);
}

// Node 1 dials node 2, whose listener answers every hello with its own, unless the test says otherwise.
class PeerLinkTest : public TransportTest {
 protected:
  void SetUp() override {
    listen();
    greet();
  }
  void TearDown() override {
    link.reset();
    TransportTest::TearDown();
  }

  void greet() {
    handler.react = [](const Received& request) {
      if (std::holds_alternative<Hello>(request.packet)) {
        request.connection->answer(request.slot, hello_from(2));
      } else {
        request.connection->no_answer(request.slot);
      }
    };
  }
  void refuse() {
    handler.react = [](const Received& request) {
      ErrorAnswer error;
      error.code = ErrorCode::not_a_member;
      error.message = "node 1 is not a member";
      request.connection->answer(request.slot, error);
      request.connection->close_after_output();
    };
  }

  PeerLink::Events recording() {
    PeerLink::Events events;
    events.on_up = [this](const Hello& theirs) {
      log.push_back("up " + std::to_string(number(theirs.from)));
    };
    events.on_down = [this] { log.push_back("down"); };
    events.on_refused = [this](const ErrorAnswer& why) { log.push_back("refused " + why.message); };
    events.on_packet = [this](const Packet& packet) { packets.push_back(packet); };
    return events;
  }
  void dial(std::uint16_t port) {
    link = std::make_unique<PeerLink>(io, "127.0.0.1:" + std::to_string(port), hello_from(1), recording());
  }
  void dial() { dial(listener->port()); }
  bool run_until_logged(std::size_t count) {
    return run([&] { return log.size() >= count; });
  }
  std::size_t hellos() const {
    return static_cast<std::size_t>(std::ranges::count_if(handler.received, [](const Received& received) {
      return std::holds_alternative<Hello>(received.packet);
    }));
  }

  std::vector<std::string> log;
  std::vector<Packet> packets;
  std::unique_ptr<PeerLink> link;
};

TEST_F(PeerLinkTest, IsUpOnceBothHaveSaidHello) {
  dial();
  EXPECT_FALSE(link->is_up());
  ASSERT_TRUE(run_until_logged(1));
  EXPECT_EQ(log, std::vector<std::string>{"up 2"});
  EXPECT_TRUE(link->is_up());
  ASSERT_TRUE(std::holds_alternative<Hello>(handler.received[0].packet));
  EXPECT_EQ(std::get<Hello>(handler.received[0].packet).from, NodeId{1});
}

TEST_F(PeerLinkTest, WhatIsSentArrivesInOrder) {
  dial();
  link->send(encode(heartbeat(1)));  // dropped: it is down
  ASSERT_TRUE(run_until_logged(1));
  for (std::uint64_t round = 10; round < 1'010; ++round) link->send(encode(heartbeat(round)));
  ASSERT_TRUE(run_until_received(1'001));
  for (std::uint64_t i = 1; i <= 1'000; ++i) {
    const auto& message = std::get<Message>(handler.received[i].packet);
    EXPECT_EQ(std::get<HeartbeatRequest>(message).round, 9 + i);
  }
  EXPECT_TRUE(run([&] { return link->output_bytes() == 0; }));
}

TEST_F(PeerLinkTest, WhatIsSentFirstOvertakesWhatWaits) {
  dial();
  ASSERT_TRUE(run_until_logged(1));
  for (std::uint64_t round = 10; round < 1'010; ++round) link->send(encode(heartbeat(round)));
  link->send_first(encode(heartbeat(1)));
  ASSERT_TRUE(run_until_received(1'002));
  const auto round_of = [this](std::size_t i) {
    return std::get<HeartbeatRequest>(std::get<Message>(handler.received[i].packet)).round;
  };
  EXPECT_EQ(round_of(1), 1U);
  EXPECT_EQ(round_of(2), 10U);
  EXPECT_EQ(round_of(1'001), 1'009U);
}

TEST_F(PeerLinkTest, WhatTheOtherSaysIsHandedOver) {
  dial();
  ASSERT_TRUE(run_until_logged(1));
  link->send(encode(heartbeat(1)));
  handler.react = [](const Received& request) { request.connection->answer(request.slot, heartbeat(77)); };
  ASSERT_TRUE(run([&] { return packets.size() == 1; }));
  EXPECT_EQ(std::get<HeartbeatRequest>(std::get<Message>(packets[0])).round, 77U);
}

TEST_F(PeerLinkTest, ALostConnectionThatIsReplacedAtOnceIsNotReportedDown) {
  dial();
  ASSERT_TRUE(run_until_logged(1));
  for (std::size_t times = 2; times < 6; ++times) {
    listener->close_connections();
    ASSERT_TRUE(run_until_logged(times));
  }
  EXPECT_EQ(log, (std::vector<std::string>{"up 2", "up 2", "up 2", "up 2", "up 2"}));
}

TEST_F(PeerLinkTest, ADeadMemberIsReportedDownAtOnce) {
  dial();
  ASSERT_TRUE(run_until_logged(1));
  listener->stop();
  listener->close_connections();
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(run_until_logged(2));
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(1'000));  // a few ms; far from any timeout
  EXPECT_EQ(log.back(), "down");
  EXPECT_FALSE(link->is_up());
}

TEST_F(PeerLinkTest, AMemberThatAcceptsAndSaysNothingIsReportedDownAfterTheImmediateReconnect) {
  dial();
  ASSERT_TRUE(run_until_logged(1));
  handler.react = nullptr;
  listener->close_connections();
  ASSERT_TRUE(run_until_logged(2));
  EXPECT_EQ(log.back(), "down");
}

TEST_F(PeerLinkTest, AMemberThatComesBackIsFoundAgain) {
  const std::uint16_t port = listener->port();
  dial();
  ASSERT_TRUE(run_until_logged(1));
  listener->close_connections();
  listener.reset();
  ASSERT_TRUE(run_until_logged(2));
  auto reopened = Listener::open(io, "127.0.0.1", port, handler, limits);
  ASSERT_TRUE(reopened) << reopened.error().what;
  listener = *std::move(reopened);
  listener->start();
  ASSERT_TRUE(run_until_logged(3));
  EXPECT_EQ(log, (std::vector<std::string>{"up 2", "down", "up 2"}));
}

TEST_F(PeerLinkTest, AnAttemptThatFailsIsRepeatedWithoutBeingReported) {
  const std::uint16_t port = listener->port();
  listener.reset();
  dial(port);
  ASSERT_FALSE(run_until(
      io, [&] { return !log.empty(); }, milliseconds(120)));
  listener.reset();
  auto reopened = Listener::open(io, "127.0.0.1", port, handler, limits);
  ASSERT_TRUE(reopened) << reopened.error().what;
  listener = *std::move(reopened);
  listener->start();
  ASSERT_TRUE(run_until_logged(1));
  EXPECT_EQ(log[0], "up 2");
}

TEST_F(PeerLinkTest, ARefusedHelloIsReportedAndTriedAgain) {
  refuse();
  dial();
  ASSERT_TRUE(run_until_logged(1));
  EXPECT_EQ(log[0], "refused node 1 is not a member");
  greet();
  ASSERT_TRUE(run_until_logged(2));
  EXPECT_EQ(log[1], "up 2");
}

TEST_F(PeerLinkTest, ARefusalOfAnEstablishedLinkTakesItDown) {
  dial();
  ASSERT_TRUE(run_until_logged(1));
  refuse();
  link->send(encode(heartbeat(1)));
  ASSERT_TRUE(run_until_logged(3));
  EXPECT_EQ(log, (std::vector<std::string>{"up 2", "down", "refused node 1 is not a member"}));
}

TEST_F(PeerLinkTest, RetryNowEndsTheWait) {
  refuse();
  dial();
  ASSERT_TRUE(run_until_logged(1));
  EXPECT_TRUE(run([&] {
    link->retry_now();
    return log.size() >= 20;  // with the backoff alone that takes more than a minute
  }));
}

TEST_F(PeerLinkTest, ANewAddressCountsAtTheNextAttempt) {
  dial(1);  // nobody listens there
  link->set_address("localhost:" + std::to_string(listener->port()));
  ASSERT_TRUE(run_until_logged(1));
  EXPECT_EQ(std::get<Hello>(handler.received[0].packet).from, NodeId{1});
}

TEST_F(PeerLinkTest, AnAddressThatIsNoneIsAnAttemptThatFails) {
  link = std::make_unique<PeerLink>(io, "nonsense", hello_from(1), recording());
  ASSERT_FALSE(run_until(
      io, [&] { return !log.empty(); }, milliseconds(60)));
  link->set_address("127.0.0.1:" + std::to_string(listener->port()));
  EXPECT_TRUE(run_until_logged(1));
}

TEST_F(PeerLinkTest, ADestroyedLinkClosesItsConnectionAndSaysNothingMore) {
  dial();
  ASSERT_TRUE(run_until_logged(1));
  link.reset();
  ASSERT_TRUE(run([&] { return handler.closed == 1; }));
  EXPECT_EQ(log.size(), 1U);
}

TEST_F(PeerLinkTest, AnEventMayDestroyTheLink) {
  PeerLink::Events events = recording();
  events.on_up = [this](const Hello&) { link.reset(); };
  link =
      std::make_unique<PeerLink>(io, "127.0.0.1:" + std::to_string(listener->port()), hello_from(1), events);
  ASSERT_TRUE(run([&] { return handler.closed == 1; }));
  EXPECT_EQ(hellos(), 1U);
}

TEST_F(PeerLinkTest, WhatDoesNotFitTheQueueIsDropped) {
  dial();
  ASSERT_TRUE(run_until_logged(1));
  EncodedPacket large = encode(heartbeat(1));
  large.body.push_back(Bytes::copy_of(std::string(8 * 1024 * 1024, 'x')));
  for (int i = 0; i < 20; ++i) link->send(large);
  EXPECT_LE(link->output_bytes(), PeerLink::output_bytes_max);
  EXPECT_GT(link->output_bytes(), PeerLink::output_bytes_max / 2);
}

}  // namespace
}  // namespace bellwether::transport
