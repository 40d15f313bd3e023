#include "node/printable.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace bellwether::node {
namespace {

using std::string_view_literals::operator""sv;

TEST(Printable, TextStaysAsItIs) {
  EXPECT_EQ(printable("plain text, \"quotes\" and C:\\new"), "plain text, \"quotes\" and C:\\new");
  EXPECT_EQ(printable("Grüße, 世界, 🦉"), "Grüße, 世界, 🦉");
}

TEST(Printable, LineBreaksAndControlCharactersAreEscaped) {
  EXPECT_EQ(printable("a\nb\tc\rd\x1b[31m\x7f"sv), "a\\nb\\x09c\\x0Dd\\x1B[31m\\x7F");
  EXPECT_EQ(printable("\0"sv), "\\x00");
  EXPECT_EQ(printable("\xC2\x9B"sv), "\\xC2\\x9B") << "a C1 control: terminals obey it";
}

TEST(Printable, BytesThatAreNotUtf8AreEscaped) {
  EXPECT_EQ(printable("\xFFok"sv), "\\xFFok");
  EXPECT_EQ(printable("\xC3"sv), "\\xC3") << "cut short";
  EXPECT_EQ(printable("\xC0\xAF"sv), "\\xC0\\xAF") << "overlong";
  EXPECT_EQ(printable("\xED\xA0\x80"sv), "\\xED\\xA0\\x80") << "surrogate";
  EXPECT_EQ(printable("\xF4\x90\x80\x80"sv), "\\xF4\\x90\\x80\\x80") << "beyond U+10FFFF";
}

TEST(JsonEscaped, IsValidInsideAString) {
  EXPECT_EQ(json_escaped("say \"hi\"\\\n\x01"sv), "say \\\"hi\\\"\\\\\\u000A\\u0001");
  EXPECT_EQ(json_escaped("a\xFFz"sv), "a\xEF\xBF\xBDz");
}

}  // namespace
}  // namespace bellwether::node
