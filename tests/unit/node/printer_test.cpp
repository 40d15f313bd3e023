#include "node/printer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <utility>

#include "entries.hpp"

namespace bellwether::node {
namespace {

using test::batch;

class PrinterTest : public testing::Test {
 protected:
  PrinterTest() {
    std::signal(SIGPIPE, SIG_IGN);
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    reader_ = ends[0];
    writer_ = ends[1];
  }
  ~PrinterTest() override {
    close_reader();
    ::close(writer_);
  }
  void close_reader() {
    if (reader_ >= 0) ::close(std::exchange(reader_, -1));
  }
  std::string read_lines(long count) {
    std::string text;
    std::array<char, 65536> buffer{};
    while (std::count(text.begin(), text.end(), '\n') < count) {
      const auto size = ::read(reader_, buffer.data(), buffer.size());
      if (size <= 0) break;
      text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return text;
  }

  int reader_ = -1;
  int writer_ = -1;
};

TEST_F(PrinterTest, PrintsOffsetAndMessageOnOneLineEach) {
  Printer printer(writer_);
  printer.print(12, batch(1, {{"first", "two\nlines"}, {"third"}}));
  printer.print(15, test::noop(2));
  printer.print(15, batch(3, {{""}}));
  EXPECT_EQ(read_lines(4), "12 first\n13 two\\nlines\n14 third\n15 \n");
}

TEST_F(PrinterTest, SkipsAndCountsWhenNobodyReads) {
  std::atomic<std::uint64_t> skipped{0};
  auto printer = std::make_unique<Printer>(
      writer_, [&](std::uint64_t count) { skipped += count; }, 300'000);
  constexpr std::uint64_t count = 100;
  for (Offset offset = 0; offset < count; ++offset)
    printer->print(offset, batch(1, {{std::string(10'000, 'x')}}));
  const auto text = read_lines(20);
  EXPECT_NE(text.find("\n19 "), text.npos) << "the oldest are printed first";
  close_reader();
  printer.reset();
  EXPECT_GT(skipped, 0u);
  EXPECT_LT(skipped, count);
}

TEST_F(PrinterTest, EndsSoonAlthoughNobodyReads) {
  const auto started = std::chrono::steady_clock::now();
  {
    Printer printer(writer_);
    for (Offset offset = 0; offset < 100; ++offset)
      printer.print(offset, batch(1, {{std::string(10'000, 'x')}}));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(5));
}

TEST_F(PrinterTest, SurvivesAClosedStdout) {
  close_reader();
  Printer printer(writer_);
  printer.print(0, batch(1, {{"nobody hears it"}}));
  printer.print(1, batch(2, {{"nor that"}}));
}

}  // namespace
}  // namespace bellwether::node
