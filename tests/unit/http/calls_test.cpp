#include "http/calls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "http/response.hpp"

namespace bellwether::http {
namespace {

std::variant<Resolved, Refusal> resolved(const Request& request) { return resolve(request); }

Request request_of(Method method, std::string target) {
  Request request;
  request.method = method;
  request.target = std::move(target);
  return request;
}

int refused(Method method, const std::string& target) {
  const auto request = request_of(method, target);
  const auto found = resolved(request);
  return std::holds_alternative<Refusal>(found) ? std::get<Refusal>(found).status : 0;
}

TEST(Calls, AreTakenByMethodAndPathWithoutTheQuery) {
  const auto request = request_of(Method::get, "/readyz?verbose");
  const auto found = resolved(request);
  ASSERT_TRUE(std::holds_alternative<Resolved>(found));
  EXPECT_EQ(std::get<Resolved>(found).call, Call::readiness);
  EXPECT_EQ(std::get<Resolved>(found).query, "verbose");
  EXPECT_EQ(refused(Method::head, "/v1/status"), 0);
  EXPECT_EQ(refused(Method::get, "http://here:8001/v1/status"), 0);
}

TEST(Calls, WhatIsNotThereIs404AndAWrongMethod405WithTheRightOnes) {
  EXPECT_EQ(refused(Method::get, "/"), 404);
  EXPECT_EQ(refused(Method::get, "/v1/status/"), 404);
  EXPECT_EQ(refused(Method::get, "*"), 404);
  EXPECT_EQ(refused(Method::post, "/nothing"), 404);
  EXPECT_EQ(refused(Method::other, "/healthz"), 405);
  const auto request = request_of(Method::post, "/healthz");
  EXPECT_EQ(std::get<Refusal>(resolved(request)).allowed, "GET, HEAD, OPTIONS");
}

TEST(Calls, OptionsSaysWhatAPathTakes) {
  for (const char* target : {"/v1/status", "*"}) {
    const auto request = request_of(Method::options, target);
    const auto found = resolved(request);
    ASSERT_TRUE(std::holds_alternative<Resolved>(found)) << target;
    EXPECT_THAT(std::get<Resolved>(found).allowed, testing::HasSubstr("GET, HEAD, OPTIONS"));
  }
}

TEST(Calls, AQueryIsLookedUpByItsWholeName) {
  EXPECT_EQ(query_value("from=12&limit=3", "limit"), "3");
  EXPECT_EQ(query_value("from=12&limit=3", "from"), "12");
  EXPECT_EQ(query_value("verbose", "verbose"), "");
  EXPECT_EQ(query_value("a=&b", "a"), "");
  EXPECT_EQ(query_value("limits=3", "limit"), std::nullopt);
  EXPECT_EQ(query_value("", "limit"), std::nullopt);
  EXPECT_EQ(query_value("&&=&", "limit"), std::nullopt);
}

TEST(Response, SaysItsLengthEvenWhereTheBodyIsLeftOut) {
  Response response{200, "text/plain", "hello", {}};
  const std::string head =
      encode(response, Manner{.has_body = false, .keeps_alive = true, .takes_chunks = true}, 0);
  EXPECT_EQ(head,
            "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Type: text/plain\r\n"
            "Content-Length: 5\r\n\r\n");
}

TEST(Response, OfWhatMayWorkSoonSaysWhen) {
  ErrorAnswer error;
  error.code = ErrorCode::no_leader;
  error.message = "nobody";
  const auto response = response_of(Packet(error));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, "{\"code\":\"no-leader\",\"message\":\"nobody\"}\n");
  EXPECT_NE(encode(response, Manner{}, 0).find("Retry-After: 1\r\n"), std::string::npos);
}

}  // namespace
}  // namespace bellwether::http
