#include "transport/listener.hpp"

#include <sys/resource.h>

#include "fixture.hpp"

namespace bellwether::transport {
namespace {

using ListenerTest = TransportTest;

constexpr std::string_view status = "{\"type\":\"status\"}\n";

TEST_F(ListenerTest, WhiteSpaceMayComeBeforeTheFirstPacket) {
  listen();
  RawClient client = connect();
  client.send("\r\n  \n");
  client.send(status);
  EXPECT_TRUE(run_until_received(1));
}

// Closes as soon as it is started.
class BriefSession : public Session {
 public:
  explicit BriefSession(tcp::socket socket) : socket_(std::move(socket)) {}
  void start() override { close(); }
  void close() override {
    socket_.close();
    place.reset();
  }

 private:
  tcp::socket socket_;
};

class BriefSessions : public SessionMaker {
 public:
  std::shared_ptr<Session> make(tcp::socket socket) override {
    made += 1;
    available = socket.available();
    return std::make_shared<BriefSession>(std::move(socket));
  }
  std::size_t made = 0;
  std::size_t available = 0;
};

TEST_F(ListenerTest, HttpGoesToItsSessionWithItsFirstByte) {
  listen();
  const auto http = std::make_shared<BriefSessions>();
  listener->speak_http(http);
  RawClient client = connect();
  client.send("GET / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(client.wait_for_end());
  EXPECT_EQ(http->made, 1U);
  EXPECT_EQ(http->available, 18U);
  EXPECT_EQ(handler.received.size(), 0U);
  EXPECT_TRUE(run([&] { return listener->connections() == 0; }));
}

TEST_F(ListenerTest, TlsGetsAnAlert) {
  listen();
  RawClient client = connect();
  client.send(std::string("\x16\x03\x01\x00\x05hello", 10));
  ASSERT_TRUE(client.wait_for_end());
  EXPECT_EQ(client.text, std::string("\x15\x03\x03\x00\x02\x02\x28", 7));
}

TEST_F(ListenerTest, SyslogAndGarbageGetOneLineOfError) {
  listen();
  for (const char* text :
       {"<34>1 2026-01-01T00:00:00Z host app - - - hi\n", "99 <34>1 -", "hello\n", "\x01\x02"}) {
    RawClient client = connect();
    client.send(text);
    ASSERT_TRUE(client.wait_for_end());
    EXPECT_TRUE(client.has_ended);
    EXPECT_EQ(client.lines(), 1U);
    const bool is_syslog = text[0] == '<' || text[0] == '9';
    EXPECT_NE(client.text.find(is_syslog ? "not-built" : "bad-packet"), std::string::npos) << client.text;
  }
  constexpr auto not_built = ErrorCode::not_built;
  constexpr auto bad = ErrorCode::bad_packet;
  EXPECT_EQ(handler.refused, (std::vector<ErrorCode>{not_built, not_built, bad, bad}));
}

TEST_F(ListenerTest, AConnectionThatSaysNothingIsClosed) {
  limits.first_byte_within = milliseconds(40);
  listen();
  RawClient client = connect();
  EXPECT_TRUE(client.wait_for_end());
  EXPECT_TRUE(run([&] { return listener->connections() == 0; }));
}

TEST_F(ListenerTest, OneConnectionTooManyIsToldSoAndTheOthersStay) {
  limits.connections_max = 2;
  listen();
  handler.react = [](const Received& request) { request.connection->answer(request.slot, Done{}); };
  RawClient first = connect();
  RawClient second = connect();
  first.send(status);
  second.send(status);
  ASSERT_TRUE(run_until_received(2));
  {
    RawClient third = connect();
    ASSERT_TRUE(third.wait_for_end());
    EXPECT_NE(third.text.find("\"code\":\"busy\""), std::string::npos) << third.text;
  }
  EXPECT_EQ(handler.refused, (std::vector<ErrorCode>{ErrorCode::busy}));
  EXPECT_EQ(listener->connections(), 2U);
  EXPECT_EQ(listener->accepted(), 3U);
  first.close();
  ASSERT_TRUE(run([&] { return handler.closed == 1; }));
  handler.received.clear();
  RawClient fourth = connect();
  fourth.send(status);
  EXPECT_TRUE(run_until_received(1));
}

TEST_F(ListenerTest, RunningOutOfFileDescriptorsDelaysTheNextConnectionOnly) {
  listen();
  RawClient client = connect();  // its descriptor is there; the accepted end gets none
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 3;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_FALSE(run_until(
      io, [&] { return listener->connections() > 0; }, milliseconds(30)));
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  client.send(status);
  EXPECT_TRUE(run_until_received(1));
}

TEST_F(ListenerTest, AStoppedListenerKeepsItsConnections) {
  listen();
  RawClient client = connect();
  client.send(status);
  ASSERT_TRUE(run_until_received(1));
  listener->stop();
  client.send(status);
  EXPECT_TRUE(run_until_received(2));
  listener->close_connections();
  EXPECT_TRUE(run([&] { return handler.closed == 1; }));
}

TEST_F(ListenerTest, ADestroyedListenerLeavesItsConnectionsAlone) {
  listen();
  RawClient client = connect();
  client.send(status);
  ASSERT_TRUE(run_until_received(1));
  listener.reset();
  client.send(status);
  EXPECT_TRUE(run_until_received(2));
}

TEST_F(ListenerTest, APortInUseIsNamedWithTheWayOut) {
  listen();
  const auto second = Listener::open(io, "127.0.0.1", listener->port(), handler, limits);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().what,
            "port " + std::to_string(listener->port()) +
                " on 127.0.0.1 is in use by another program: stop it or choose another --myport");
}

TEST_F(ListenerTest, AnAddressOfAnotherMachineIsNamed) {
  const auto opened = Listener::open(io, "192.0.2.1", 0, handler, limits);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().what.find("192.0.2.1 is not an address of this machine"), std::string::npos);
}

TEST_F(ListenerTest, NamesAndIpv6AddressesAreTaken) {
  EXPECT_TRUE(Listener::open(io, "localhost", 0, handler, limits));
  if (!Listener::open(io, "::1", 0, handler, limits)) GTEST_SKIP() << "this machine has no IPv6";
  EXPECT_TRUE(Listener::open(io, "[::1]", 0, handler, limits));
}

}  // namespace
}  // namespace bellwether::transport
