#include "http/session.hpp"

#include "fixture.hpp"

namespace bellwether::http {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

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

TEST_F(SessionTest, StatusAndMembersSayAllThatTheirPacketsSay) {
  MemberStatus member;
  member.id = NodeId{3};
  member.learner = true;
  service.standing.members = {member};
  service.standing.former = {"what it was called"};
  service.standing.no_leader = "no majority";
  service.standing.changes = {"2 leaves"};
  connect();
  send("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(wait_for("}\n"));
  EXPECT_THAT(received, HasSubstr("\"former\":[\"what it was called\"],\"no_leader\":\"no majority\","
                                  "\"changes\":[\"2 leaves\"]}"));
  EXPECT_EQ(count("\"learner\":true"), 1U);
  send("GET /v1/members HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(wait_for("\"learner\":true", 2));
}

TEST_F(SessionTest, AScrapeGetsTheNodesTextAsPrometheusWantsIt) {
  connect();
  send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(wait_for("# a scrape\n"));
  EXPECT_THAT(received, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
}

TEST_F(SessionTest, TheNodeHearsOfEachRefusalOnce) {
  service.checks = {{"leader", false, "no-leader", "an election is going on"}};  // a state, not a refusal
  connect();
  send("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
  send("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
  send("GET / HTTP/1.1\r\nnonsense\r\n\r\n");
  ASSERT_TRUE(wait_for_end());
  EXPECT_EQ(service.refused, (std::vector<ErrorCode>{ErrorCode::unknown_type, ErrorCode::bad_packet}));
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
