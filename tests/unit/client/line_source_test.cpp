#include "client/line_source.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "fake_cluster.hpp"

namespace bellwether::client {
namespace {

// A pipe whose other end a thread fills, as another program would.
class LineSourcing : public testing::Test {
 protected:
  void SetUp() override {
    cluster.add();
    ASSERT_EQ(::pipe(pipe), 0);
    Appender::Events events;
    events.on_room = [this] { source->on_room(); };
    events.on_finished = [this] { finished = true; };
    AppenderOptions options;
    options.groups_max = 4;
    options.group_bytes_max = 1000;
    appender = std::make_shared<Appender>(io.get_executor(), Members({cluster.member(0).address()}), options,
                                          std::move(events));
  }
  void TearDown() override {
    appender->stop();
    source.reset();
    ::close(pipe[0]);
    if (writer.joinable()) writer.join();
  }

  void start(std::string text, std::optional<std::uint64_t> lines_max = std::nullopt) {
    writer = std::thread([this, text = std::move(text)] {
      for (std::size_t at = 0; at < text.size();) {
        const ssize_t written = ::write(pipe[1], text.data() + at, text.size() - at);
        if (written < 0) break;
        at += static_cast<std::size_t>(written);
      }
      ::close(pipe[1]);
    });
    source.emplace(io, pipe[0], lines_max, *appender);
    appender->start();
    source->start();
  }

  bool run_to_the_end() {
    return run_until(io, [this] { return finished; });
  }

  asio::io_context io{1};
  FakeCluster cluster{io};
  int pipe[2];
  std::thread writer;
  std::shared_ptr<Appender> appender;
  std::optional<LineSource> source;
  bool finished = false;
};

TEST_F(LineSourcing, ALongInputIsStoredLineByLine) {
  std::string text;
  std::vector<std::string> lines;
  for (int i = 0; i < 200'000; ++i) {
    lines.push_back("line " + std::to_string(i));
    text += lines.back() + "\n";
  }
  start(text);
  ASSERT_TRUE(run_to_the_end());
  EXPECT_EQ(source->problem(), "");
  EXPECT_EQ(cluster.log, lines);
}

// It took the end of a chunk for the end of the input when the input had ended while chunks were waiting.
TEST_F(LineSourcing, AnInputThatEndsWhileNobodyLeadsIsStoredWhole) {
  cluster.elect_nobody();
  std::string text;
  std::vector<std::string> lines;
  for (int i = 0; i < 10'000; ++i) {
    lines.push_back("line " + std::to_string(i));
    text += lines.back() + "\n";
  }
  start(text);
  run_until(
      io, [] { return false; }, std::chrono::milliseconds(100));
  cluster.elect(0);
  ASSERT_TRUE(run_to_the_end());
  EXPECT_EQ(cluster.log, lines);
}

TEST_F(LineSourcing, AnEmptyInputIsFinishedWithoutAMessage) {
  start("");
  ASSERT_TRUE(run_to_the_end());
  EXPECT_TRUE(cluster.log.empty());
}

TEST_F(LineSourcing, ALineOverTheLimitEndsTheInputAndWhatIsBeforeItIsStored) {
  start("fine\n" + std::string(message_bytes_max + 1, 'x') + "\nnever\n");
  ASSERT_TRUE(run_to_the_end());
  EXPECT_EQ(cluster.log, std::vector<std::string>({"fine"}));
  EXPECT_EQ(source->problem().find("line 2 is longer than"), 0u) << source->problem();
  ::close(pipe[0]);  // lets the writer go
  pipe[0] = ::dup(0);
}

TEST_F(LineSourcing, MoreLinesThanWantedAreLeft) {
  start("one\ntwo\nthree\n", 2);
  ASSERT_TRUE(run_to_the_end());
  EXPECT_EQ(cluster.log, std::vector<std::string>({"one", "two"}));
}

}  // namespace
}  // namespace bellwether::client
