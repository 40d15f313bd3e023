// Messages over HTTP: how they come in, how they go out.
#include "fixture.hpp"
#include "http/session.hpp"

namespace bellwether::http {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

using MessagesTest = SessionTest;

std::string post(const std::string& path, const std::string& body, const std::string& headers = {}) {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string get(const std::string& query, const std::string& headers = {}) {
  return "GET /v1/messages" + query + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
}
const std::string events = "Accept: text/event-stream\r\n";

Packet error(ErrorCode code) {
  ErrorAnswer answer;
  answer.code = code;
  answer.message = "why";
  return answer;
}

// Of `offset` on.
Packet messages(Offset offset, const std::vector<std::string>& texts) {
  Messages made;
  made.offset = offset;
  made.count = static_cast<std::uint32_t>(texts.size());
  made.times_ms.assign(texts.size(), 1'500);
  std::string body;
  for (const auto& text : texts) {
    body += static_cast<char>(text.size());
    body += std::string("\0\0\0", 3) + text;
  }
  if (!body.empty()) made.body.push_back(Bytes::copy_of(body));
  return made;
}

TEST_F(MessagesTest, ABodyIsOneMessage) {
  service.answer = Appended{12, 1};
  connect();
  send(post("/v1/messages", "hello\nworld\n"));
  ASSERT_TRUE(wait_for("{\"offset\":12,\"count\":1}\n"));
  ASSERT_EQ(service.appended.size(), 1U);
  EXPECT_EQ(service.appended[0].first, 1U);
  EXPECT_EQ(service.appended[0].second.text(), std::string("\14\0\0\0hello\nworld\n", 16));
}

TEST_F(MessagesTest, LinesAreOneMessageEach) {
  service.answer = Appended{12, 2};
  connect();
  send(post("/v1/messages", "{\"a\":1}\n{\"b\":2}\n",
            "Content-Type: Application/X-NDJSON; charset=utf-8\r\n"));
  ASSERT_TRUE(wait_for("{\"offset\":12,\"count\":2}\n"));
  EXPECT_EQ(service.appended[0].first, 2U);
  EXPECT_EQ(service.appended[0].second.text(), std::string("\7\0\0\0{\"a\":1}\7\0\0\0{\"b\":2}", 22));
}

TEST_F(MessagesTest, TheOriginalLoggersCallGetsItsOk) {
  service.answer = Appended{12, 1};
  connect();
  send(post("/api/v1/log", "hello"));
  ASSERT_TRUE(wait_for("\r\n\r\nOK"));
  EXPECT_THAT(received, HasSubstr("Content-Length: 2\r\n"));
}

TEST_F(MessagesTest, TheAnswerMayTakeItsTimeAndTheNextRequestWaits) {
  connect();
  send(post("/v1/messages", "a") + post("/v1/messages", "b"));
  ASSERT_TRUE(run([&] { return service.appended.size() == 1; }));
  EXPECT_EQ(received, "");
  service.answer = Appended{1, 1};
  service.on_appended(Appended{0, 1});
  ASSERT_TRUE(wait_for("\"count\":1", 2));
  EXPECT_LT(received.find("\"offset\":0"), received.find("\"offset\":1"));
}

TEST_F(MessagesTest, WhoWaitsForAWordGetsItAndThenSendsTheBody) {
  service.answer = Appended{0, 1};
  connect();
  send("POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(wait_for("HTTP/1.1 100 Continue\r\n\r\n"));
  EXPECT_EQ(service.appended.size(), 0U);
  send("hello");
  EXPECT_TRUE(wait_for("HTTP/1.1 200 OK"));
}

TEST_F(MessagesTest, ARefusalHasTheStatusOfItsCode) {
  const std::vector<std::pair<ErrorCode, std::string>> statuses = {{ErrorCode::no_leader, "503"},
                                                                   {ErrorCode::no_majority, "503"},
                                                                   {ErrorCode::busy, "429"},
                                                                   {ErrorCode::disk_full, "507"},
                                                                   {ErrorCode::unknown, "504"}};
  connect();
  for (const auto& [code, status] : statuses) {
    service.answer = error(code);
    received.clear();
    send(post("/api/v1/log", "hello"));
    ASSERT_TRUE(wait_for("\"message\":\"why\"}\n")) << status;
    EXPECT_THAT(received, StartsWith("HTTP/1.1 " + status));
    EXPECT_EQ(count("Retry-After: 1"), status == "503" || status == "429" ? 1U : 0U);
  }
}

TEST_F(MessagesTest, AConnectionThatClosesWhileItWaitsIsForgotten) {
  connect();
  send(post("/v1/messages", "a"));
  ASSERT_TRUE(run([&] { return service.appended.size() == 1; }));
  session->close();
  service.on_appended(Appended{0, 1});
  service.on_appended = nullptr;
  EXPECT_TRUE(run([&] { return session.use_count() == 1; }));
}

TEST_F(MessagesTest, AreReadAsLinesToTheEnd) {
  service.pieces = {messages(3, {"a", "b\"\n"}), messages(5, {"\xff"}), End{6, "caught-up"}};
  connect();
  send(get("?from=3&limit=10") + "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(wait_for("ok\n"));
  EXPECT_EQ(service.asked.from, 3U);
  EXPECT_THAT(received, HasSubstr("Content-Type: application/x-ndjson\r\n"));
  EXPECT_THAT(received,
              HasSubstr("{\"offset\":3,\"time\":\"1970-01-01T00:00:01.500Z\",\"message\":\"a\"}\n"));
  EXPECT_THAT(received, HasSubstr("\"message\":\"b\\\"\\n\"}\n"));
  EXPECT_THAT(received, HasSubstr("\"base64\":\"/w==\"}\n"));
  EXPECT_EQ(count("\r\n0\r\n\r\nHTTP/1.1 200 OK"), 1U);
  EXPECT_EQ(service.being_read, 0);
}

TEST_F(MessagesTest, WhatCannotBeginGetsItsStatus) {
  service.pieces = {error(ErrorCode::offset_dropped)};
  connect();
  send(get("?from=0"));
  ASSERT_TRUE(wait_for("\"message\":\"why\"}\n"));
  EXPECT_THAT(received, StartsWith("HTTP/1.1 410 "));
  send(get("?from=x"));
  EXPECT_TRUE(wait_for("HTTP/1.1 400 "));
}

TEST_F(MessagesTest, WhatBreaksOffHasNoLastChunk) {
  service.pieces = {messages(0, {"a"}), error(ErrorCode::retry)};
  connect();
  send(get(""));
  ASSERT_TRUE(wait_for_end());
  EXPECT_THAT(received, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(received, HasSubstr("\"code\":\"retry\""));
  EXPECT_EQ(count("0\r\n\r\n"), 0U);
}

TEST_F(MessagesTest, AFollowerHearsAtOnceThatItIsHeardAndThenOfEachMessage) {
  connect();
  send(get("?follow=true"));
  ASSERT_TRUE(wait_for("application/x-ndjson"));
  EXPECT_TRUE(service.asked.follow);
  service.pieces.push_back(messages(0, {"a"}));
  service.more();
  ASSERT_TRUE(wait_for("\"message\":\"a\""));
  service.pieces.push_back(messages(1, {}));  // nothing new
  service.more();
  service.pieces.push_back(messages(1, {"b"}));
  service.more();
  ASSERT_TRUE(wait_for("\"message\":\"b\""));
  EXPECT_EQ(count("0\r\n\r\n"), 0U);
}

TEST_F(MessagesTest, AFollowerThatIsGoneIsNoticedThoughNobodyWritesToIt) {
  connect();
  send(get("?follow=true"));
  ASSERT_TRUE(run([&] { return service.being_read == 1; }));
  client.close();
  const auto end = std::chrono::steady_clock::now() + milliseconds(20'000);
  while (service.being_read > 0 && std::chrono::steady_clock::now() < end) {
    io.restart();
    io.run_one_for(milliseconds(10));
  }
  EXPECT_EQ(service.being_read, 0);
}

TEST_F(MessagesTest, EventsCarryTheirOffsetAsId) {
  connect();
  send(get("", events + "Last-Event-ID: 6\r\n"));
  ASSERT_TRUE(wait_for("Content-Type: text/event-stream\r\n"));
  EXPECT_EQ(service.asked.from, 7U);
  EXPECT_TRUE(service.asked.follow);
  service.pieces = {messages(7, {"a"}), messages(8, {}), End{8, "leaving"}};
  service.more();
  ASSERT_TRUE(wait_for("event: end\ndata: {\"next\":8,\"reason\":\"leaving\"}\n\n"));
  EXPECT_THAT(received, HasSubstr("id: 7\ndata: {\"offset\":7,"));
  EXPECT_THAT(received, HasSubstr("\"message\":\"a\"}\n\n"));
  EXPECT_THAT(received, HasSubstr(":\n\n"));
  EXPECT_TRUE(wait_for("0\r\n\r\n"));
}

TEST_F(MessagesTest, AnOldClientReadsUpToTheEndOfTheConnection) {
  service.pieces = {messages(0, {"a"}), End{1, "caught-up"}};
  connect();
  send("GET /v1/messages HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  ASSERT_TRUE(wait_for_end());
  EXPECT_EQ(count("chunked"), 0U);
  EXPECT_TRUE(received.ends_with("\"message\":\"a\"}\n")) << received;
}

TEST_F(MessagesTest, HeadOfMessagesReadsNone) {
  connect();
  send("HEAD /v1/messages HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(wait_for("ok\n"));
  EXPECT_THAT(received, HasSubstr("chunked\r\n\r\nHTTP/1.1 200 OK"));
  EXPECT_EQ(service.more, nullptr);
}

}  // namespace
}  // namespace bellwether::http
