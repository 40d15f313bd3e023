#include "http/ndjson.hpp"

#include <gtest/gtest.h>

#include <string>

#include "http/limits.hpp"

namespace bellwether::http {
namespace {

int refused(const std::string& body) {
  const auto split = split_lines(body);
  return std::holds_alternative<Refusal>(split) ? std::get<Refusal>(split).status : 0;
}

TEST(Ndjson, ALineIsAMessageAsItStands) {
  for (const std::string body : {"{\"a\":1}\nnot json\r\n", "\n{\"a\":1}\n\n\nnot json\r"}) {
    const auto split = split_lines(body);
    ASSERT_TRUE(std::holds_alternative<Lines>(split));
    const auto& lines = std::get<Lines>(split);
    EXPECT_EQ(lines.count, 2U);
    EXPECT_EQ(lines.messages.text(), std::string("\7\0\0\0{\"a\":1}\11\0\0\0not json\r", 24));
  }
}

TEST(Ndjson, ABodyWithoutALineIsRefused) {
  EXPECT_EQ(refused(""), 400);
  EXPECT_EQ(refused("\n\n"), 400);
}

TEST(Ndjson, LinesThatDoNotFitWithTheirLengthsAreRefused) {
  std::string body;
  while (body.size() < limits::body_bytes_max) body += "x\n";
  EXPECT_EQ(refused(body), 413);
  EXPECT_EQ(refused(std::string(limits::body_bytes_max, 'x')), 0);
}

}  // namespace
}  // namespace bellwether::http
