#include "node/tails.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "entries.hpp"
#include "memory_log.hpp"
#include "node/reading.hpp"
#include "protocol/codec.hpp"

namespace bellwether::node {
namespace {

using asio::ip::tcp;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr NodeId self{1};
constexpr Ballot ballot{1, 0, self};

// Whoever reads over a real connection: every packet that it sends is a tail request.
class TailsTest : public testing::Test, public transport::PacketHandler {
 protected:
  TailsTest() {
    replication::StableState stable;
    add(stable, make_entry(1, ballot, 0, InitCluster{"owls", "token", "127.0.0.1:1", 0}));
    add(stable, test::batch(2, {{"a", "bb"}, {"ccc"}}));
    add(stable, test::noop(3));
    add(stable, test::batch(4, {{"dddd"}}));
    EXPECT_TRUE(stable.replay(replication::DecidedRecord{4}));
    stable_ = stable;
    begin();
    tcp::acceptor acceptor(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    reader_.connect(acceptor.local_endpoint());
    reader_.non_blocking(true);
    connection_ =
        std::make_shared<transport::Connection>(acceptor.accept(), *this, transport::ConnectionLimits{});
    connection_->start();
  }
  ~TailsTest() override { connection_->close(); }

  void begin() {
    replication::Options options;
    options.self = self;
    tails_.reset();
    engine_ = std::make_unique<Engine>(io_, options, stable_, log_, events());
    tails_ = std::make_unique<Tails>(io_, *engine_, requests_);
  }
  void add(replication::StableState& stable, const EntryPtr& entry) {
    log_.append(entry);
    EXPECT_TRUE(stable.replay(replication::AppendRecord{log_.entries.size(), {entry}}));
  }
  static Engine::Events events() {
    Engine::Events events;
    events.send = [](NodeId, const Message&) {};
    events.on_installed = [](const replication::Snapshot&) {};
    events.on_decided = [](const replication::DecidedEntry&) {};
    events.on_answer = [](const replication::ClientAnswer&) {};
    events.on_notice = [](const std::string&) {};
    events.on_step = [] {};
    return events;
  }
  void on_packet(const std::shared_ptr<transport::Connection>& connection, std::uint64_t slot,
                 Packet packet) override {
    tails_->add(Asker{connection, slot, {}}, std::get<TailRequest>(packet));
  }
  void on_batch_end() override {}
  void on_closed(const std::shared_ptr<transport::Connection>& connection) override {
    tails_->on_closed(*connection);
  }

  void ask(const std::string& line) { asio::write(reader_, asio::buffer(line + "\n")); }

  // What arrives until `lines` line breaks are there.
  std::vector<std::string> read_lines(std::size_t lines) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    std::vector<std::string> found;
    while (found.size() < lines && std::chrono::steady_clock::now() < deadline) {
      io_.run_for(std::chrono::milliseconds(5));
      log_.let_reads_through();
      std::array<char, 4096> buffer{};
      std::error_code error;
      received_.append(buffer.data(), reader_.read_some(asio::buffer(buffer), error));
      for (auto end = received_.find('\n'); end != received_.npos; end = received_.find('\n')) {
        found.push_back(received_.substr(0, end));
        received_.erase(0, end + 1);
      }
    }
    return found;
  }

  asio::io_context io_;
  test::MemoryLog log_;
  replication::StableState stable_;
  Requests requests_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Tails> tails_;
  tcp::socket reader_{io_};
  std::shared_ptr<transport::Connection> connection_;
  std::string received_;
};

TEST_F(TailsTest, ReadsFromTheDiskWhatMemoryNoLongerHolds) {
  ask(R"({"type":"tail","from":0,"local":true,"text":true})");
  EXPECT_THAT(read_lines(5), ElementsAre(R"({"type":"message","offset":0,"message":"a"})",
                                         R"({"type":"message","offset":1,"message":"bb"})",
                                         R"({"type":"message","offset":2,"message":"ccc"})",
                                         R"({"type":"message","offset":3,"message":"dddd"})",
                                         R"({"type":"end","next":4,"reason":"caught-up"})"));
}

TEST_F(TailsTest, BeginsAndEndsInTheMiddleOfAnEntry) {
  ask(R"({"type":"tail","from":1,"limit":1,"local":true,"text":true})");
  EXPECT_THAT(read_lines(2), ElementsAre(R"({"type":"message","offset":1,"message":"bb"})",
                                         R"({"type":"end","next":2,"reason":"limit"})"));
}

TEST_F(TailsTest, BodyHoldsTheMessagesAsTheyWereSent) {
  ask(R"({"type":"tail","from":2,"limit":1,"local":true})");
  const auto lines = read_lines(2);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[0], HasSubstr(R"("offset":2,"count":1)"));
  EXPECT_THAT(lines[0], HasSubstr(R"("bytes":7)"));
  EXPECT_THAT(lines[0], HasSubstr(R"("times":[1002])"));
  EXPECT_TRUE(lines[1].starts_with(test::packed({"ccc"}).text()));
}

TEST_F(TailsTest, BeyondTheEndItEnds) {
  ask(R"({"type":"tail","from":9,"local":true})");
  EXPECT_THAT(read_lines(1), ElementsAre(R"({"type":"end","next":9,"reason":"caught-up"})"));
}

TEST_F(TailsTest, BelowTheFirstOffsetItIsToldWhichThatIs) {
  log_.the_base.next_offset = 3;
  begin();
  ask(R"({"type":"tail","from":2,"follow":true,"id":7})");
  const auto lines = read_lines(1);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr(R"("code":"offset-dropped")"));
  EXPECT_THAT(lines[0], HasSubstr(R"("first_offset":3)"));
  EXPECT_THAT(lines[0], HasSubstr(R"("hint":")"));
  EXPECT_THAT(lines[0], HasSubstr(R"("id":7)"));
  ask(R"({"type":"tail","from":3,"local":true,"text":true})");
  EXPECT_THAT(read_lines(2), ElementsAre(HasSubstr("dddd"), HasSubstr("caught-up")));
}

TEST_F(TailsTest, OvertakenWhileItReadsItEndsWithThatError) {
  log_.drops_reads = true;
  ask(R"({"type":"tail","from":0,"follow":true,"text":true})");
  EXPECT_THAT(read_lines(1), ElementsAre(HasSubstr(R"("code":"offset-dropped")")));
}

TEST_F(TailsTest, WhatCannotBeReadIsWaitedForAndThenSent) {
  add(stable_, make_entry(5, ballot, 0, AddMember{NodeId{2}, "second", "127.0.0.1:2", 0, false}));
  EXPECT_TRUE(stable_.replay(replication::DecidedRecord{5}));
  begin();
  log_.is_damaged = true;
  ask(R"({"type":"tail","from":3,"local":true,"text":true})");
  while (log_.damaged_reads == 0) {
    io_.run_for(std::chrono::milliseconds(5));
    log_.let_reads_through();
  }
  io_.run_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(log_.reads.empty()) << "it asks again without need";
  log_.is_damaged = false;
  tails_->on_readable();
  EXPECT_THAT(read_lines(2), ElementsAre(HasSubstr("dddd"), HasSubstr("caught-up")));
}

TEST_F(TailsTest, WhatCannotBeReadAndNobodyElseHasIsAnErrorAtOnce) {
  log_.is_damaged = true;
  ask(R"({"type":"tail","from":3,"local":true,"text":true})");
  const auto lines = read_lines(1);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr(R"("code":"retry")"));
  EXPECT_THAT(lines[0], HasSubstr("it is damaged"));
}

TEST_F(TailsTest, SeveralOnOneConnectionAreAnsweredInOrder) {
  ask(R"({"type":"tail","from":3,"local":true,"text":true,"id":1})");
  ask(R"({"type":"tail","from":2,"limit":1,"local":true,"text":true,"id":2})");
  EXPECT_THAT(read_lines(4),
              ElementsAre(HasSubstr("dddd"), HasSubstr("end"), HasSubstr("ccc"), HasSubstr("limit")));
}

TEST_F(TailsTest, FollowingWaitsAtTheEndUntilTheNodeLeaves) {
  ask(R"({"type":"tail","from":3,"follow":true,"text":true})");
  EXPECT_EQ(read_lines(1).size(), 1u);
  tails_->end_all("leaving");
  EXPECT_THAT(read_lines(1), ElementsAre(R"({"type":"end","next":4,"reason":"leaving"})"));
}

TEST_F(TailsTest, AReadingIsTakenPieceByPieceToItsEnd) {
  TailRequest request;
  request.from = 1;
  request.local = true;
  int told = 0;
  TailReading reading(*engine_, *tails_, request, [&told] { ++told; });
  Offset next = 1;
  std::string reason;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (reason.empty() && std::chrono::steady_clock::now() < deadline) {
    io_.run_for(std::chrono::milliseconds(1));
    log_.let_reads_through();
    const auto packet = reading.take();
    if (!packet) continue;
    EXPECT_GT(told, 0);
    if (const auto* messages = std::get_if<Messages>(&*packet)) {
      EXPECT_EQ(messages->offset, next);
      next += messages->count;
    } else {
      reason = std::get<End>(*packet).reason;
    }
  }
  EXPECT_EQ(next, 4U);
  EXPECT_EQ(reason, "caught-up");
}

TEST_F(TailsTest, AReadingThatIsGivenUpHearsNothingMore) {
  TailRequest request;
  request.from = 4;
  request.follow = true;
  int told = 0;
  auto reading = std::make_unique<TailReading>(*engine_, *tails_, request, [&told] { ++told; });
  reading.reset();
  tails_->end_all("leaving");
  EXPECT_EQ(told, 0);
}

TEST_F(TailsTest, AReadingMayOutliveTheNode) {
  TailRequest request;
  request.from = 4;
  request.follow = true;
  TailReading reading(*engine_, *tails_, request, nullptr);
  tails_.reset();
  engine_.reset();
  EXPECT_FALSE(reading.take().has_value());
}

}  // namespace
}  // namespace bellwether::node
