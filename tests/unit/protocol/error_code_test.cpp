#include "protocol/error_code.hpp"

#include <gtest/gtest.h>

namespace bellwether {
namespace {

TEST(ErrorCode, EveryCodeHasANameOfItsOwn) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::not_built); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    EXPECT_EQ(error_code_from(to_string(code)), code);
  }
}

TEST(ErrorCode, NamesAreAsOnTheWire) {
  EXPECT_EQ(to_string(ErrorCode::bad_packet), "bad-packet");
  EXPECT_EQ(to_string(ErrorCode::retry), "retry");
  EXPECT_EQ(to_string(ErrorCode::sequence_gap), "sequence-gap");
  EXPECT_EQ(to_string(ErrorCode::not_built), "not-built");
}

TEST(ErrorCode, TheListIsClosed) {
  EXPECT_FALSE(error_code_from("not_leader"));
  EXPECT_FALSE(error_code_from(""));
}

}  // namespace
}  // namespace bellwether
