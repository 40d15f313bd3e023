#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "protocol/codec.hpp"
#include "protocol/limits.hpp"
#include "samples.hpp"

namespace bellwether {
namespace {

using Json = nlohmann::json;

ErrorAnswer refused(std::string_view line, std::string_view body = {}) {
  const auto result = decode(line, Bytes::copy_of(body));
  EXPECT_FALSE(result) << line;
  return result ? ErrorAnswer{} : result.error().answer;
}

void expect_bad(std::string_view line, std::string_view named, std::string_view body = {}) {
  const ErrorAnswer answer = refused(line, body);
  EXPECT_EQ(answer.code, ErrorCode::bad_packet) << line;
  EXPECT_NE(answer.message.find(named), std::string::npos) << line << ": " << answer.message;
  EXPECT_FALSE(answer.hint.empty()) << line;
}

TEST(Strictness, WhatIsNoJsonObjectIsRefused) {
  for (const char* line :
       {"", " ", "hello", "GET / HTTP/1.1", "[1]", "7", "null", "\"type\"", "{", "{\"type\":}",
        "{\"type\":\"leader\"", "{\"type\":\"leader\"}}", "{\"type\":\"leader\"} {}", "{'type':'leader'}",
        "{\"type\":\"leader\",}", "{/**/\"type\":\"leader\"}", "\xef\xbb\xbf{\"type\":\"leader\"}"}) {
    expect_bad(line, "not");
  }
}

TEST(Strictness, ANulIsRefusedAlsoBehindTheObject) {
  expect_bad(std::string_view("{\"type\":\"leader\"}\0x", 19), "NUL");
  expect_bad(std::string_view("{\"type\":\"tail\"\0}", 16), "NUL");
}

TEST(Strictness, BrokenUtf8IsRefused) {
  for (const std::string bytes : {"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\x80"}) {
    expect_bad(R"({"type":"append","message":")" + bytes + "\"}", "UTF-8");
    expect_bad(R"({"type":"leader","ignored":")" + bytes + "\"}", "UTF-8");
  }
  expect_bad(R"({"type":"append","message":"\ud800"})", "UTF-8");
}

TEST(Strictness, ControlCharactersMustBeEscaped) {
  expect_bad("{\"type\":\"append\",\"message\":\"a\tb\"}", "JSON");
}

TEST(Strictness, NestingHasALimit) {
  const auto nested = [](std::size_t depth) {  // the line itself is one level
    return R"({"type":"leader","x":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_TRUE(decode(nested(limits::json_depth_max), {}));
  expect_bad(nested(limits::json_depth_max + 1), "deep");
  expect_bad(R"({"type":"leader","x":)" + std::string(60'000, '['), "deep");
  EXPECT_TRUE(decode(R"({"type":"leader","x":"[[[[[[[[[[[[[[[[[[[[\"[[[["})", {}))
      << "brackets in strings do not nest";
}

TEST(Strictness, TheTypeMustBeKnown) {
  EXPECT_EQ(refused(R"({"type":"Leader"})").code, ErrorCode::unknown_type);
  EXPECT_EQ(refused(R"({"type":""})").code, ErrorCode::unknown_type);
  EXPECT_NE(refused(R"({"type":"bogus"})").message.find("bogus"), std::string::npos);
  expect_bad("{}", "type");
  expect_bad(R"({"type":7})", "type");
  expect_bad(R"({"type":null})", "type");
  expect_bad(R"({"source":{}})", "type");
  expect_bad(R"({"type":")" + std::string(1000, 'x') + "\"}", "type");
}

TEST(Strictness, AnAnswerToABadRequestCarriesItsId) {
  const auto result = decode(R"({"type":"tail","from":-1,"id":"mine"})", {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().id, R"("mine")");
}

TEST(Strictness, AnIdIsANumberOrAShortString) {
  expect_bad(R"({"type":"leader","id":null})", "id");
  expect_bad(R"({"type":"leader","id":[1]})", "id");
  expect_bad(R"({"type":"leader","id":{}})", "id");
  expect_bad(R"({"type":"leader","id":true})", "id");
  expect_bad(R"({"type":"leader","id":")" + std::string(255, 'x') + "\"}", "id");
  EXPECT_TRUE(decode(R"({"type":"leader","id":")" + std::string(254, 'x') + "\"}", {}));
}

TEST(Strictness, NumbersAreWholeNotNegativeAndInRange) {
  for (const char* number :
       {"-1", "-0", "1.0", "1e3", "\"1\"", "true", "null", "[]", "18446744073709551616"}) {
    expect_bad(std::string(R"({"type":"tail","from":)") + number + "}", "from");
    expect_bad(std::string(R"({"type":"leader","bytes":)") + number + "}", "bytes");
    expect_bad(std::string(R"({"type":"takeover","b":[1,)") + number + ",1]}", "\"b\"");
  }
  EXPECT_TRUE(decode(R"({"type":"tail","from":18446744073709551615})", {}));
  expect_bad(R"({"type":"join","token":"t","address":"a:1","priority":4294967296})", "4294967295");
}

TEST(Strictness, BallotsHaveThreeParts) {
  for (const char* ballot :
       {"[]", "[1,2]", "[1,2,3,4]", "{}", "7", "[1,4294967296,3]", "[[1],2,3]", "[9007199254740993,0,1]"}) {
    expect_bad(std::string(R"({"type":"takeover","b":)") + ballot + "}", "\"b\"");
  }
}

// A field that a packet can do without, and what it is then.
bool is_optional(const std::string& type, const std::string& field, bool is_article) {
  static const std::set<std::string> optional = {
      "join.priority", "join.stays_learner", "join.replaces", "join.cluster", "append.count", "tail.from",
      "tail.limit", "tail.follow", "tail.local", "tail.text", "messages.next", "messages.leader",
      "error.hint", "error.leader", "error.expected", "error.needed", "error.answering", "error.missing",
      "error.first_offset", "error.recovered_as", "hbreq.lost", "status.id", "status.former",
      "status.no_leader", "status.changes", "hello.clock_ms", "joined.epoch",
      // without it the packet is another one
      "promise.snap", "suffix.snap", "pull.sp", "accepted.sp", "snapshot.b", "leader.leader",
      "status.cluster", "members.members", "readindex.idx"};
  return !is_article && optional.contains(type + "." + field);
}

TEST(Strictness, EveryFieldThatIsNotOptionalMustBeThere) {
  for (const Sample& sample : samples()) {
    const Json whole = Json::parse(sample.line);
    const std::string body = body_of(encode(sample.packet));
    for (const auto& [field, value] : whole.items()) {
      if (is_optional(whole.value("type", ""), field, !whole.contains("type"))) continue;
      Json without = whole;
      without.erase(field);
      if (field == "prev" && !without.contains("bytes")) continue;  // a promise without entries
      EXPECT_FALSE(decode(without.dump(), Bytes::copy_of(body))) << without.dump();
    }
  }
}

TEST(Strictness, EveryFieldMustHaveItsType) {
  for (const Sample& sample : samples()) {
    const Json whole = Json::parse(sample.line);
    const std::string body = body_of(encode(sample.packet));
    for (const auto& [field, value] : whole.items()) {
      Json other = whole;
      other[field] = value.is_boolean() ? Json("true") : Json(true);
      EXPECT_FALSE(decode(other.dump(), Bytes::copy_of(body))) << other.dump();
    }
  }
}

TEST(Strictness, FieldsOfInnerObjectsAreNamedWithTheirPath) {
  expect_bad(R"({"source":{"nodeId":1,"nodeIpAddr":"a"},"dest":{},"message":""})", "source.port");
  expect_bad(R"({"type":"members","members":[{"id":1}]})", "members.address");
  expect_bad(R"({"type":"members","members":[7]})", "members");
}

TEST(Strictness, AddressesArePrintableAndShort) {
  const auto join = [](const std::string& address) {
    return R"({"type":"join","token":"t","address":")" + address + "\"}";
  };
  EXPECT_TRUE(decode(join(std::string(limits::address_bytes_max, 'x')), {}));
  expect_bad(join(std::string(limits::address_bytes_max + 1, 'x')), "address");
  expect_bad(join(R"(a\n:1)"), "address");
  expect_bad(join("a b:1"), "address");
  expect_bad(R"({"type":"join","token":"","address":"a:1"})", "token");
  expect_bad(R"({"type":"join","token":")" + std::string(65, 'x') + R"(","address":"a:1"})", "token");
}

TEST(Strictness, ABodyIsAsLongAsItsLineSays) {
  expect_bad(R"({"type":"append","bytes":6})", "bytes", message_bytes("a"));
  expect_bad(R"({"type":"append"})", "bytes", message_bytes("a"));
}

TEST(Strictness, PacketsThatTakeNoBodyGetNone) {
  expect_bad(R"({"type":"leader","bytes":3})", "no body", "abc");
  EXPECT_TRUE(decode(R"({"type":"leader","bytes":0})", {}));
}

TEST(Strictness, LinesAndBodiesHaveLimits) {
  const std::string longest =
      R"({"type":"leader","x":")" + std::string(limits::header_line_bytes_max, 'x') + "\"}";
  const auto line_error = read_header_line(longest, 10);
  ASSERT_FALSE(line_error);
  EXPECT_EQ(line_error.error().answer.code, ErrorCode::too_large);
  EXPECT_NE(line_error.error().answer.hint.find("body"), std::string::npos);

  EXPECT_TRUE(read_header_line(R"({"type":"append","bytes":10})", 10));
  const auto body_error = read_header_line(R"({"type":"append","bytes":11,"id":5})", 10);
  ASSERT_FALSE(body_error);
  EXPECT_EQ(body_error.error().answer.code, ErrorCode::too_large);
  EXPECT_EQ(body_error.error().id, "5");
}

// ---- entries between members

std::string accept_line(Index previous, std::size_t count, std::size_t bytes) {
  return R"({"type":"accept","b":[4,0,3],"dec":0,"rd":0,"prev":)" + std::to_string(previous) +
         R"(,"pb":[2,0,1],"n":)" + std::to_string(count) + R"(,"bytes":)" + std::to_string(bytes) + "}";
}

std::string entries_after(Index previous, std::size_t count) {
  return body_of(encode(Message{Accept{{}, range_after(previous, count), 0, 0}}));
}

TEST(Strictness, EntriesStandAtTheirOwnIndex) {
  const std::string entries = entries_after(5, 2);
  EXPECT_TRUE(decode(accept_line(5, 2, entries.size()), Bytes::copy_of(entries)));
  expect_bad(accept_line(6, 2, entries.size()), "entry 7", entries);
}

TEST(Strictness, EntriesFillTheBodyExactly) {
  const std::string entries = entries_after(5, 2);
  expect_bad(accept_line(5, 1, entries.size()), "\"n\"", entries);
  expect_bad(accept_line(5, 3, entries.size()), "\"n\"", entries);
  expect_bad(accept_line(5, 2, entries.size() + 1), "\"n\"", entries + "x");
  expect_bad(accept_line(5, 0, entries.size()), "\"n\"", entries);
  expect_bad(R"({"type":"promise","b":[1,0,1],"lb":[1,0,1],"last":1,"dec":1,"bytes":1})", "prev", "x");
}

TEST(Strictness, TornEntriesAreRefused) {
  const std::string entries = entries_after(5, 2);
  for (std::size_t size = 0; size < entries.size(); ++size) {
    const std::string torn = entries.substr(0, size);
    EXPECT_EQ(refused(accept_line(5, 2, size), torn).code, ErrorCode::bad_packet) << size;
  }
}

TEST(Strictness, DamagedEntriesAreRefused) {
  std::string entries = entries_after(5, 2);
  entries.back() = static_cast<char>(entries.back() ^ 1);
  expect_bad(accept_line(5, 2, entries.size()), "wrong sum", entries);
}

TEST(Strictness, CountsAndIndexesOfEntriesMayNotOverflow) {
  const std::string entries = entries_after(5, 1);
  expect_bad(accept_line(5, std::numeric_limits<std::size_t>::max(), entries.size()), "\"n\"", entries);
  expect_bad(accept_line(std::numeric_limits<Index>::max(), 0, 0), "prev");
  expect_bad(accept_line(std::numeric_limits<Index>::max() - 1, 1, entries.size()), "prev", entries);
}

// ---- snapshots between members

std::string chunk_line(std::string_view total, std::string_view position, std::size_t bytes) {
  return R"({"type":"snapshot","b":[4,0,3],"idx":95,"ib":[2,0,1],"total":)" + std::string(total) +
         R"(,"pos":)" + std::string(position) + R"(,"dec":96,"rd":3,"bytes":)" + std::to_string(bytes) + "}";
}

TEST(Strictness, BytesOfASnapshotStandWithinIt) {
  EXPECT_TRUE(decode(chunk_line("7", "4", 3), Bytes::copy_of("abc")));
  EXPECT_TRUE(decode(chunk_line("7", "7", 0), {}));
  expect_bad(chunk_line("7", "5", 3), "total", "abc");
  expect_bad(chunk_line("7", "8", 0), "total");
  expect_bad(chunk_line("7", "18446744073709551615", 3), "total", "abc");
  expect_bad(chunk_line("7", "-1", 3), "pos", "abc");
}

TEST(Strictness, ASnapshotHasAnIndexAndASizeWithinReason) {
  const std::string largest = std::to_string(limits::snapshot_bytes_max);
  EXPECT_TRUE(decode(chunk_line(largest, "0", 3), Bytes::copy_of("abc")));
  expect_bad(chunk_line(std::to_string(limits::snapshot_bytes_max + 1), "0", 3), "too large", "abc");
  expect_bad(chunk_line("0", "0", 0), "total");
  expect_bad(
      R"({"type":"suffix","b":[4,0,3],"prev":1,"pb":[2,0,1],"n":0,"snap":{"idx":0,"ib":[2,0,1],"total":7}})",
      "idx");
  expect_bad(R"({"type":"accepted","b":[4,0,3],"m":1,"g":1,"rd":0,"sp":{"idx":1}})", "pos");
  expect_bad(R"({"type":"accepted","b":[4,0,3],"m":1,"g":1,"rd":0,"sp":[1,2]})", "sp");
}

TEST(Strictness, AFetchNamesAtLeastOneEntry) {
  EXPECT_TRUE(decode(R"({"type":"fetch","from":7,"to":7})", {}));
  expect_bad(R"({"type":"fetch","from":7,"to":6})", "to");
  expect_bad(R"({"type":"fetch","from":0,"to":6})", "from");
  expect_bad(R"({"type":"fetch","from":7,"to":-1})", "to");
  expect_bad(R"({"type":"fetch","from":7,"to":7,"bytes":3})", "no body", "abc");
}

TEST(Strictness, EntriesThatAreGivenAreChecked) {
  std::string entries = entries_after(5, 2);
  const std::string line =
      R"({"type":"entries","prev":5,"pb":[2,0,1],"n":2,"bytes":)" + std::to_string(entries.size()) + "}";
  EXPECT_TRUE(decode(line, Bytes::copy_of(entries)));
  entries.back() = static_cast<char>(entries.back() ^ 1);
  expect_bad(line, "wrong sum", entries);
}

TEST(Strictness, AClientsSnapshotTakesNoBody) {
  EXPECT_TRUE(decode(R"({"type":"snapshot"})", {}));
  expect_bad(R"({"type":"snapshot","bytes":3})", "no body", "abc");
}

TEST(Strictness, ErrorCodesAreAClosedListAlsoWhenReceived) {
  expect_bad(R"({"type":"error","code":"oops","message":""})", "code");
}

TEST(Strictness, RolesAreAClosedList) {
  std::string status;
  for (const Sample& sample : samples()) {
    if (std::holds_alternative<StatusAnswer>(sample.packet)) status = sample.line;
  }
  const std::string role = R"("role":"leader")";
  status.replace(status.find(role), role.size(), R"("role":"king")");
  expect_bad(status, "role");
}

TEST(Strictness, EveryMessageOfATailHasATime) {
  expect_bad(R"({"type":"messages","offset":1,"count":1,"times":[],"bytes":5})", "times", message_bytes("a"));
  expect_bad(R"({"type":"messages","offset":1,"count":1,"times":["x"],"bytes":5})", "times",
             message_bytes("a"));
}

}  // namespace
}  // namespace bellwether
