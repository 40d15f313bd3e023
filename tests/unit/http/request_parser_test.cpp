#include "http/request_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/little_endian.hpp"
#include "http/limits.hpp"

namespace bellwether::http {
namespace {

// Feeds `stream` in pieces of `piece` bytes and keeps what comes out.
struct Outcome {
  std::vector<Request> requests;
  int refused = 0;  // the status
  bool is_empty = false;
};

Outcome parse(std::string_view stream, std::size_t piece = std::string_view::npos) {
  RequestParser parser;
  Outcome outcome;
  while (true) {
    auto next = parser.next();
    if (auto* request = std::get_if<Request>(&next)) {
      outcome.requests.push_back(std::move(*request));
      continue;
    }
    if (const auto* refusal = std::get_if<Refusal>(&next)) outcome.refused = refusal->status;
    if (outcome.refused != 0 || stream.empty()) break;
    const auto space = parser.space();
    const auto size = std::min({piece, stream.size(), space.size()});
    std::memcpy(space.data(), stream.data(), size);
    parser.grew(size);
    stream.remove_prefix(size);
  }
  outcome.is_empty = parser.is_empty();
  return outcome;
}

int refused(std::string_view stream) {
  const auto whole = parse(stream);
  EXPECT_EQ(whole.refused, parse(stream, 1).refused) << "byte by byte: " << stream.substr(0, 80);
  EXPECT_EQ(whole.requests.size(), 0U);
  return whole.refused;
}

const std::string host = "Host: here\r\n";

TEST(RequestParser, ARequestIsTheSameHoweverItIsCut) {
  const std::string stream = "POST /v1/messages?a=b HTTP/1.1\r\n" + host +
                             "Content-Type: text/plain\r\nContent-Length: 11\r\n\r\nhello world"
                             "GET /healthz HTTP/1.1\r\n" +
                             host + "Connection: close\r\n\r\n";
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    const auto outcome = parse(stream, piece);
    ASSERT_EQ(outcome.requests.size(), 2U) << piece;
    const auto& post = outcome.requests[0];
    EXPECT_EQ(post.method, Method::post);
    EXPECT_EQ(post.target, "/v1/messages?a=b");
    EXPECT_EQ(post.header("content-type"), "text/plain");
    EXPECT_EQ(post.body(), "hello world");
    EXPECT_TRUE(post.keeps_alive);
    const auto& get = outcome.requests[1];
    EXPECT_EQ(get.method, Method::get);
    EXPECT_EQ(get.body(), "");
    EXPECT_FALSE(get.keeps_alive);
    EXPECT_TRUE(outcome.is_empty);
  }
}

TEST(RequestParser, ABodyStandsBehindItsLengthAsAnAppendTakesIt) {
  const auto outcome = parse("POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello");
  ASSERT_EQ(outcome.requests.size(), 1U);
  const Bytes& message = outcome.requests[0].message;
  ASSERT_EQ(message.size(), 9U);
  EXPECT_EQ(load_little_endian<std::uint32_t>(message.data()), 5U);
}

TEST(RequestParser, ABodyIsReadStraightIntoItsPlace) {
  RequestParser parser;
  const std::string head = "POST / HTTP/1.1\r\n" + host + "Content-Length: 100000\r\n\r\n";
  std::memcpy(parser.space().data(), head.data(), head.size());
  parser.grew(head.size());
  EXPECT_TRUE(std::holds_alternative<std::monostate>(parser.next()));
  const auto space = parser.space();
  ASSERT_EQ(space.size(), 100'000U);
  std::memset(space.data(), 'x', space.size());
  parser.grew(space.size());
  auto next = parser.next();
  ASSERT_TRUE(std::holds_alternative<Request>(next));
  EXPECT_EQ(std::get<Request>(next).message.data() + limits::message_prefix_bytes, space.data());
  EXPECT_EQ(std::get<Request>(next).body(), std::string(100'000, 'x'));
}

TEST(RequestParser, ABodyInChunksIsPutTogether) {
  const std::string stream =
      "POST / HTTP/1.1\r\n" + host +
      "Transfer-Encoding: chunked\r\n\r\n5;name=value\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: "
      "x\r\n\r\nGET / HTTP/1.1\r\n" +
      host + "\r\n";
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U}) {
    const auto outcome = parse(stream, piece);
    ASSERT_EQ(outcome.requests.size(), 2U) << piece;
    EXPECT_EQ(outcome.requests[0].body(), "hello world");
    EXPECT_EQ(outcome.requests[0].header("trailer"), "");
    EXPECT_EQ(outcome.requests[1].body(), "");
  }
}

TEST(RequestParser, ManyChunksMakeOneBody) {
  std::string stream = "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n";
  std::string body;
  for (int i = 0; i < 5'000; ++i) {
    stream += "3\r\nabc\r\n";
    body += "abc";
  }
  const auto outcome = parse(stream + "0\r\n\r\n");
  ASSERT_EQ(outcome.requests.size(), 1U);
  EXPECT_EQ(outcome.requests[0].body(), body);
}

TEST(RequestParser, PipelinedRequestsComeOutOneByOne) {
  std::string stream;
  for (int i = 0; i < 300; ++i) stream += "GET /" + std::to_string(i) + " HTTP/1.1\r\n" + host + "\r\n";
  const auto outcome = parse(stream);
  ASSERT_EQ(outcome.requests.size(), 300U);
  EXPECT_EQ(outcome.requests[299].target, "/299");
}

TEST(RequestParser, AnOldClientClosesUnlessItSaysOtherwise) {
  const auto plain = parse("GET / HTTP/1.0\r\n\r\n");
  ASSERT_EQ(plain.requests.size(), 1U);
  EXPECT_FALSE(plain.requests[0].keeps_alive);
  EXPECT_FALSE(plain.requests[0].takes_chunks);
  const auto kept = parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  ASSERT_EQ(kept.requests.size(), 1U);
  EXPECT_TRUE(kept.requests[0].keeps_alive);
}

TEST(RequestParser, AnUpgradeIsNotTaken) {
  const auto outcome =
      parse("GET / HTTP/1.1\r\n" + host +
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n");
  EXPECT_EQ(outcome.refused, 0);
  EXPECT_EQ(outcome.requests.size(), 1U);
}

TEST(RequestParser, OnlyWhoWaitsForAWordGetsIt) {
  const std::string head = "POST / HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  for (const bool has_sent : {false, true}) {
    RequestParser parser;
    const std::string text = has_sent ? head + "he" : head;
    std::memcpy(parser.space().data(), text.data(), text.size());
    parser.grew(text.size());
    EXPECT_TRUE(std::holds_alternative<std::monostate>(parser.next()));
    EXPECT_EQ(parser.take_expectation() != nullptr, !has_sent);
    EXPECT_EQ(parser.take_expectation(), nullptr);
  }
}

TEST(RequestParser, WhatIsNoRequestGetsItsStatus) {
  EXPECT_EQ(refused("BREW /pot HTTP/1.1\r\n\r\n"), 501);
  EXPECT_EQ(refused("GET / HTTP/2.0\r\n\r\n"), 505);
  EXPECT_EQ(refused("GET / HTTP/0.9\r\n\r\n"), 505);
  EXPECT_EQ(refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(refused("GET /\x01 HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nNo colon\r\n\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost : x\r\n\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\n\r\n"), 400) << "without Host";
  EXPECT_EQ(refused("GET / HTTP/1.1\r\n" + host + host + "\r\n"), 400);
  EXPECT_EQ(refused("POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n"), 400);
  EXPECT_EQ(refused("POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
            400);
  EXPECT_EQ(refused("POST / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999999\r\n\r\n"), 400);
  EXPECT_EQ(refused("POST / HTTP/1.1\r\n" + host + "\r\n"), 411);
  EXPECT_EQ(refused("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501);
  EXPECT_EQ(refused("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked, gzip\r\n\r\n"), 400);
  EXPECT_EQ(refused("POST / HTTP/1.1\r\n" + host + "Expect: a miracle\r\nContent-Length: 1\r\n\r\n"), 417);
}

// What two programs on the way could read differently.
TEST(RequestParser, AnAmbiguousEndIsRefused) {
  EXPECT_EQ(refused("POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
            400);
  EXPECT_EQ(refused("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nx\r\n"), 400);
  EXPECT_EQ(refused("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"),
            400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\n" + host + "A: b\rC: d\r\n\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\n" + host + std::string("A: b\0c\r\n\r\n", 10)), 400);
}

TEST(RequestParser, EachLimitHasItsStatus) {
  EXPECT_EQ(refused("GET /" + std::string(limits::target_bytes_max, 'x') + " HTTP/1.1\r\n"), 414);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nX: " + std::string(limits::head_bytes_max, 'x')), 431);
  std::string many = "GET / HTTP/1.1\r\n" + host;
  while (many.size() <= limits::head_bytes_max) many += "X: y\r\n";
  EXPECT_EQ(refused(many), 431);
  const auto over = std::to_string(limits::body_bytes_max + 1);
  EXPECT_EQ(refused("POST / HTTP/1.1\r\n" + host + "Content-Length: " + over + "\r\n\r\n"), 413);
  std::string chunked = "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n900000\r\n";
  EXPECT_EQ(parse(chunked + std::string(0x900000, 'x')).refused, 413);
}

TEST(RequestParser, TheLargestHeadAndBodyAreTaken) {
  std::string head =
      "POST / HTTP/1.1\r\n" + host + "Content-Length: " + std::to_string(limits::body_bytes_max) + "\r\nX: ";
  head += std::string(limits::head_bytes_max - head.size() - 5, 'x') + "\r\n\r\n";
  const auto outcome = parse(head + std::string(limits::body_bytes_max, 'x'));
  EXPECT_EQ(outcome.refused, 0);
  ASSERT_EQ(outcome.requests.size(), 1U);
  EXPECT_EQ(outcome.requests[0].message.size(), limits::body_bytes_max + limits::message_prefix_bytes);
}

TEST(RequestParser, BytesOfAnyKindNeverBreakIt) {
  std::string seed =
      "POST /v1 HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  std::uint32_t random = 1;
  for (int round = 0; round < 5'000; ++round) {
    std::string stream = seed + seed;
    for (int flips = 0; flips < 3; ++flips) {
      random = random * 1664525 + 1013904223;
      stream[(random >> 8) % stream.size()] = static_cast<char>(random >> 24);
    }
    const auto whole = parse(stream);
    const auto bytewise = parse(stream, 1);
    ASSERT_EQ(whole.refused, bytewise.refused) << stream;
    ASSERT_EQ(whole.requests.size(), bytewise.requests.size()) << stream;
  }
}

}  // namespace
}  // namespace bellwether::http
