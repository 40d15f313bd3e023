#include "node/engine.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>

#include "entries.hpp"
#include "memory_log.hpp"
#include "state/state_encoding.hpp"

namespace bellwether::node {
namespace {

using replication::RequestId;

constexpr NodeId self{1};

// A cluster of this node alone, on a disk that syncs when the test says so.
class EngineTest : public testing::Test {
 protected:
  EngineTest() : engine_(io_, options(), stable(log_), log_, events()) { become_leader(); }

  static replication::Options options() {
    replication::Options options;
    options.self = self;
    options.heartbeat = 10;
    return options;
  }
  static replication::StableState stable(test::MemoryLog& log) {
    const Ballot ballot{1, 0, self};
    const auto init = make_entry(1, ballot, 0, InitCluster{"owls", "token", "127.0.0.1:1", 0});
    log.append(init);
    replication::StableState state;
    EXPECT_TRUE(state.replay(replication::PromiseRecord{ballot}));
    EXPECT_TRUE(state.replay(replication::AppendRecord{1, {init}}));
    EXPECT_TRUE(state.replay(replication::DecidedRecord{1}));
    return state;
  }
  Engine::Events events() {
    Engine::Events events;
    events.send = [](NodeId, const Message&) {};
    events.on_decided = [this](const replication::DecidedEntry& decided) { decided_.push_back(decided); };
    events.on_answer = [this](const replication::ClientAnswer& answer) {
      answers_.emplace(answer.request, answer.answer);
    };
    events.on_notice = [](const std::string&) {};
    events.on_step = [] {};
    return events;
  }
  void sync() { engine_.on_durable(log_.written); }
  void become_leader() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!engine_.replica().is_established() && std::chrono::steady_clock::now() < deadline) {
      io_.run_one_for(std::chrono::milliseconds(10));
      sync();
    }
    sync();
    ASSERT_EQ(engine_.replica().undecided_entries(), 0u);
    decided_.clear();
  }
  void append(std::uint64_t request) {
    const auto messages = test::packed({"m" + std::to_string(request)});
    Group group;
    group.count = 1;
    group.bytes = static_cast<std::uint32_t>(messages.size());
    engine_.begin().append(RequestId{request}, group, messages);
  }

  asio::io_context io_;
  test::MemoryLog log_;
  std::vector<replication::DecidedEntry> decided_;
  std::map<RequestId, replication::Answer> answers_;
  Engine engine_;
};

TEST_F(EngineTest, AnswersAnAppendOnceItIsDurable) {
  append(1);
  engine_.finish();
  EXPECT_TRUE(answers_.empty());
  sync();
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<replication::AppendDone>(answers_.begin()->second));
}

TEST_F(EngineTest, RequestsOfOneBatchBecomeOneEntry) {
  for (std::uint64_t i = 1; i <= 100; ++i) append(i);
  engine_.finish();
  sync();
  ASSERT_EQ(decided_.size(), 1u);
  EXPECT_EQ(decided_[0].entry->message_count(), 100u);
  EXPECT_EQ(answers_.size(), 100u);
}

TEST_F(EngineTest, WhatWaitsForTheDiskIsCollected) {
  for (std::uint64_t i = 1; i <= 10; ++i) {  // each comes alone
    append(i);
    engine_.finish();
  }
  sync();
  sync();
  ASSERT_EQ(decided_.size(), 3u) << "two under way at once, the other eight together";
  EXPECT_EQ(decided_[2].entry->message_count(), 8u);
  EXPECT_EQ(answers_.size(), 10u);
}

TEST_F(EngineTest, ALargeBatchDoesNotWait) {
  for (std::uint64_t i = 1; i <= 2; ++i) {
    append(i);
    engine_.finish();
  }
  const auto messages = test::packed({std::string(2 * 1024 * 1024, 'x')});
  Group group;
  group.count = 1;
  group.bytes = static_cast<std::uint32_t>(messages.size());
  engine_.begin().append(RequestId{3}, group, messages);
  engine_.finish();
  EXPECT_FALSE(engine_.replica().has_open_batch());
}

TEST_F(EngineTest, NothingHappensAfterAStop) {
  append(1);
  engine_.stop();
  engine_.finish();
  sync();
  EXPECT_TRUE(answers_.empty());
}

TEST_F(EngineTest, AFullDiskIsKnownBeforeTheNextRequest) {
  log_.room_left = replication::Room::low;
  append(1);
  log_.room_left = replication::Room::enough;
  append(2);
  engine_.finish();
  sync();
  ASSERT_EQ(answers_.size(), 2u);
  const auto* refused = std::get_if<replication::Refused>(&answers_.at(RequestId{1}));
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->code, ErrorCode::disk_full);
  EXPECT_TRUE(std::holds_alternative<replication::AppendDone>(answers_.at(RequestId{2})));
}

TEST_F(EngineTest, WhatIsNotHandedOverYetCountsAsWritten) {
  EXPECT_TRUE(engine_.can_take(1));
  append(1);
  EXPECT_GT(engine_.replica().unwritten_bytes(), 0u);
  engine_.finish();
  EXPECT_EQ(engine_.replica().unwritten_bytes(), 0u);
  log_.is_sure = false;
  EXPECT_FALSE(engine_.can_take(1));
  log_.room_left = replication::Room::none;  // the core refuses them by itself
  engine_.begin();
  EXPECT_TRUE(engine_.can_take(1));
}

TEST_F(EngineTest, WritesACheckpointOnceItsEntryIsDecided) {
  log_.due = engine_.replica().decided() + 1;
  append(1);
  engine_.finish();
  EXPECT_TRUE(log_.checkpoints.empty());
  sync();
  ASSERT_EQ(log_.checkpoints.size(), 1u);
  EXPECT_EQ(log_.checkpoints[0].index, engine_.replica().decided());
  EXPECT_EQ(log_.checkpoints[0].ballots.last(), engine_.replica().decided());
  EXPECT_EQ(log_.checkpoints[0].state, state::encode(engine_.replica().decided_state()));
}

// Within a step entries may be decided whose records are still to be handed over.
TEST_F(EngineTest, WritesACheckpointThatIsAskedForBehindTheStep) {
  append(1);
  EXPECT_TRUE(engine_.ask_for_checkpoint({}));
  EXPECT_TRUE(log_.checkpoints.empty());
  const auto written = log_.written;
  engine_.finish();
  EXPECT_GT(log_.written, written);
  ASSERT_EQ(log_.checkpoints.size(), 1u);
  EXPECT_EQ(log_.checkpoints[0].index, engine_.replica().decided());
}

TEST_F(EngineTest, BeginsWithTheFirstMessageThatTheLogStillHas) {
  EXPECT_EQ(engine_.first_offset(), 0u);
  log_.the_base.next_offset = 17;
  const Engine other(io_, options(), replication::StableState(), log_, events());
  EXPECT_EQ(other.first_offset(), 17u);
}

TEST_F(EngineTest, DropsMessagesWithTheBase) {
  append(1);
  engine_.finish();
  sync();
  const auto& replica = engine_.replica();
  engine_.begin().compact(std::make_shared<const replication::Snapshot>(
      replication::Snapshot{.index = replica.decided(),
                            .ballot = replica.ballot_at(replica.decided()),
                            .state = Bytes::copy_of(state::encode(replica.decided_state()))}));
  engine_.finish();
  EXPECT_EQ(engine_.first_offset(), 1u);
}

}  // namespace
}  // namespace bellwether::node
