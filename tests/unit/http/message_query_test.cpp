#include "http/message_query.hpp"

#include <gtest/gtest.h>

#include <string>

namespace bellwether::http {
namespace {

MessageQuery query_of(std::string_view query, std::vector<Header> headers = {}) {
  Request request;
  request.headers = std::move(headers);
  const auto read = read_message_query(request, query);
  EXPECT_TRUE(std::holds_alternative<MessageQuery>(read)) << query;
  return std::get<MessageQuery>(read);
}

bool is_refused(std::string_view query, std::vector<Header> headers = {}) {
  Request request;
  request.headers = std::move(headers);
  return std::holds_alternative<Refusal>(read_message_query(request, query));
}

const Header events{"accept", "text/event-stream"};

TEST(MessageQuery, WithoutAWordIsAllThatThereIs) {
  const auto asked = query_of("");
  EXPECT_EQ(asked.tail.from, 0U);
  EXPECT_EQ(asked.tail.limit, std::nullopt);
  EXPECT_FALSE(asked.tail.follow);
  EXPECT_FALSE(asked.as_events);
}

TEST(MessageQuery, SaysWhereFromHowManyAndWhetherToStay) {
  const auto asked = query_of("from=12&limit=3&follow=true");
  EXPECT_EQ(asked.tail.from, 12U);
  EXPECT_EQ(asked.tail.limit, 3U);
  EXPECT_TRUE(asked.tail.follow);
}

TEST(MessageQuery, EventsFollowUnlessToldNotTo) {
  EXPECT_TRUE(query_of("", {events}).tail.follow);
  EXPECT_FALSE(query_of("follow=false", {events}).tail.follow);
}

TEST(MessageQuery, TheLastEventBeatsTheBeginning) {
  EXPECT_EQ(query_of("from=3", {events, {"last-event-id", "41"}}).tail.from, 42U);
  EXPECT_EQ(query_of("from=3", {{"last-event-id", "41"}}).tail.from, 3U) << "these are no events";
}

TEST(MessageQuery, WhatIsNoNumberIsRefused) {
  for (const char* query :
       {"from=", "from", "from=-1", "from=1x", "from=99999999999999999999", "limit=many", "follow=perhaps"}) {
    EXPECT_TRUE(is_refused(query)) << query;
  }
  EXPECT_TRUE(is_refused("", {events, {"last-event-id", "18446744073709551615"}}));
  EXPECT_TRUE(is_refused("", {events, {"last-event-id", "x"}}));
}

}  // namespace
}  // namespace bellwether::http
