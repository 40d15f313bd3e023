#include <gtest/gtest.h>

#include "protocol/codec.hpp"
#include "samples.hpp"

namespace bellwether {
namespace {

// With "bytes" for the body, where there is one.
tl::expected<Tagged, PacketError> append(const std::string& fields, std::string_view body = {}) {
  const std::string bytes = body.empty() ? "" : R"(,"bytes":)" + std::to_string(body.size());
  return decode(R"({"type":"append")" + fields + bytes + "}", Bytes::copy_of(body));
}

AppendRequest read(const tl::expected<Tagged, PacketError>& result) {
  EXPECT_TRUE(result) << result.error().answer.message;
  return result ? std::get<AppendRequest>(result->packet) : AppendRequest{};
}

void expect_bad(const tl::expected<Tagged, PacketError>& result, std::string_view named) {
  ASSERT_FALSE(result) << named;
  EXPECT_EQ(result.error().answer.code, ErrorCode::bad_packet);
  EXPECT_NE(result.error().answer.message.find(named), std::string::npos) << result.error().answer.message;
}

TEST(Append, AMessageInTheLineBecomesOneMessageOfABody) {
  const AppendRequest request = read(append(R"(,"message":"hello")"));
  EXPECT_EQ(request.messages.text(), message_bytes("hello"));
  EXPECT_EQ(request.count, 1u);
  EXPECT_EQ(request.producer, no_producer);
}

TEST(Append, AMessageMayBeEmptyAndHoldAnyCharacter) {
  EXPECT_EQ(read(append(R"(,"message":"")")).messages.text(), message_bytes(""));
  EXPECT_EQ(read(append(R"(,"message":"a\u0000\n\"\\é€")")).messages.text(),
            message_bytes(std::string_view("a\0\n\"\\é€", 10)));
}

TEST(Append, ABodyIsTakenAsItIs) {
  const Bytes body = Bytes::copy_of(message_bytes("a") + message_bytes(std::string_view("\0\xff", 2)));
  const auto result = decode(R"({"type":"append","producer":17,"sequence":7,"count":2,"bytes":11})", body);
  const AppendRequest request = read(result);
  EXPECT_EQ(request.messages.data(), body.data());
  EXPECT_EQ(request.count, 2u);
  EXPECT_EQ(request.producer, ProducerId{17});
  EXPECT_EQ(request.sequence, 7u);
}

TEST(Append, ABodyIsOneMessageUnlessItSaysMore) {
  EXPECT_EQ(read(append("", message_bytes("abc"))).count, 1u);
}

TEST(Append, ABodyHoldsExactlyTheCountedMessages) {
  const std::string two = message_bytes("a") + message_bytes("b");
  expect_bad(append("", two), "exactly 1");
  expect_bad(append(R"(,"count":3)", two), "exactly 3");
  expect_bad(append(R"(,"count":2)", two + "x"), "exactly 2");
  expect_bad(append(R"(,"count":2)", two.substr(0, two.size() - 1)), "exactly 2");
  expect_bad(append("", std::string("\xff\xff\xff\xff", 4)), "exactly 1");
  expect_bad(append("", "abc"), "exactly 1");
  expect_bad(append(R"(,"bytes":0)"), "exactly 1");
}

TEST(Append, CountsThatMeanNothingAreRefused) {
  expect_bad(append(R"(,"count":0)", message_bytes("a")), "count");
  expect_bad(append(R"(,"count":0,"message":"a")"), "count");
  expect_bad(append(R"(,"count":2,"message":"a")"), "count");
}

TEST(Append, AMessageAndABodyTogetherAreRefused) {
  expect_bad(append(R"(,"message":"a")", message_bytes("a")), "message");
}

TEST(Append, NothingToAppendIsRefused) { expect_bad(append(""), "message"); }

TEST(Append, ProducerAndSequenceComeTogether) {
  expect_bad(append(R"(,"message":"a","producer":17)"), "sequence");
  expect_bad(append(R"(,"message":"a","sequence":1)"), "producer");
  expect_bad(append(R"(,"message":"a","producer":0,"sequence":1)"), "producer");
  expect_bad(append(R"(,"message":"a","producer":17,"sequence":0)"), "sequence");
}

TEST(Append, UnknownFieldsAreIgnored) {
  EXPECT_EQ(read(append(R"(,"message":"a","colour":{"of":["the","sky"]})")).messages.text(),
            message_bytes("a"));
}

}  // namespace
}  // namespace bellwether
