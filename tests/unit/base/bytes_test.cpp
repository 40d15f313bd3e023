#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <string>

namespace bellwether {
namespace {

TEST(Bytes, ACopyHasTheTextAndItsOwnMemory) {
  std::string text = "hello";
  const Bytes bytes = Bytes::copy_of(text);
  text[0] = 'J';
  EXPECT_EQ(bytes.text(), "hello");
}

TEST(Bytes, ASliceSharesTheMemory) {
  const Bytes whole = Bytes::copy_of("hello world");
  const Bytes slice = whole.slice(6, 5);
  EXPECT_EQ(slice.text(), "world");
  EXPECT_EQ(slice.data(), whole.data() + 6);
}

TEST(Bytes, ASliceOfASliceCountsFromTheSlice) {
  EXPECT_EQ(Bytes::copy_of("hello world").slice(6, 5).slice(1, 3).text(), "orl");
}

TEST(Bytes, ASliceOutlivesTheWhole) {
  Bytes slice;
  {
    const Bytes whole = Bytes::copy_of(std::string(100'000, 'x') + "end");
    slice = whole.slice(100'000, 3);
  }
  EXPECT_EQ(slice.text(), "end");
}

TEST(Bytes, TheLastSliceReleasesTheMemory) {
  auto owner = std::make_shared<const std::string>("hello");
  const std::weak_ptr<const std::string> watched = owner;
  const std::string_view text = *owner;
  Bytes slice = Bytes(std::move(owner), std::as_bytes(std::span(text))).slice(1, 2);
  EXPECT_FALSE(watched.expired());
  slice = {};
  EXPECT_TRUE(watched.expired());
}

TEST(Bytes, AnEmptySliceAtTheEndIsFine) {
  const Bytes whole = Bytes::copy_of("abc");
  EXPECT_TRUE(whole.slice(3, 0).empty());
  EXPECT_TRUE(Bytes().slice(0, 0).empty());
  EXPECT_TRUE(Bytes::copy_of("").empty());
}

TEST(BytesDeathTest, ASliceBeyondTheEndIsAMistakeOfTheCaller) {
  const Bytes whole = Bytes::copy_of("abc");
  EXPECT_DEATH(whole.slice(4, 0), "assertion failed");
  EXPECT_DEATH(whole.slice(1, 3), "assertion failed");
  EXPECT_DEATH(whole.slice(1, static_cast<std::size_t>(-1)), "assertion failed");
}

}  // namespace
}  // namespace bellwether
