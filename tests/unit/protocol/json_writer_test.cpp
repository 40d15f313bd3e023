#include "protocol/json_writer.hpp"

#include <gtest/gtest.h>

namespace bellwether {
namespace {

std::string written(std::string_view text) {
  return JsonWriter().open_object().text("t", text).close_object().take_line();
}

TEST(JsonWriter, ValuesAreSeparatedByOneComma) {
  JsonWriter line;
  line.open_object()
      .number("a", 1)
      .open_list("b")
      .item(2)
      .item("x")
      .open_object()
      .close_object()
      .close_list();
  line.open_object("c").flag("d", true).close_object().raw("e", "null").close_object();
  EXPECT_EQ(line.take_line(), "{\"a\":1,\"b\":[2,\"x\",{}],\"c\":{\"d\":true},\"e\":null}\n");
}

TEST(JsonWriter, TextThatEndsInABracketIsStillFollowedByAComma) {
  EXPECT_EQ(JsonWriter().open_object().text("a", "[{").number("b", 1).close_object().take_line(),
            "{\"a\":\"[{\",\"b\":1}\n");
}

TEST(JsonWriter, TextIsEscaped) {
  EXPECT_EQ(written("a\"\\\n\t"), "{\"t\":\"a\\\"\\\\\\n\\t\"}\n");
  EXPECT_EQ(written(std::string_view("\0", 1)), "{\"t\":\"\\u0000\"}\n");
  EXPECT_EQ(written("é€"), "{\"t\":\"é€\"}\n");
}

TEST(JsonWriter, TextThatIsNotUtf8GetsReplacementCharacters) {
  EXPECT_EQ(written("a\xff z"), "{\"t\":\"a\xef\xbf\xbd z\"}\n");
}

TEST(JsonWriter, NumbersAreWrittenInFull) {
  EXPECT_EQ(JsonWriter().open_object().number("n", 18446744073709551615u).close_object().take_line(),
            "{\"n\":18446744073709551615}\n");
}

}  // namespace
}  // namespace bellwether
