#include "node/entry_attacher.hpp"

#include <gtest/gtest.h>

#include <asio/io_context.hpp>

#include "entries.hpp"
#include "memory_log.hpp"

namespace bellwether::node {
namespace {

using test::batch;

constexpr NodeId peer{2};
constexpr Ballot ballot{2, 0, NodeId{1}};

// A log of five entries, of which only the last two are in memory.
class EntryAttacherTest : public testing::Test {
 protected:
  EntryAttacherTest() {
    for (Index i = 1; i <= 5; ++i) log_.append(batch(i, {{std::string(100, 'x')}}));
    cache_.on_record(replication::AppendRecord{4, {log_.entries[3], log_.entries[4]}});
    attacher_.on_promised(ballot);
  }
  void run() {
    log_.let_reads_through();
    io_.restart();
    io_.poll();
  }
  static Accept accept(Index previous, Index end) {
    Accept accept;
    accept.ballot = ballot;
    accept.entries = EntryRange{previous, ballot, end, {}};
    return accept;
  }
  const EntryRange& sent(std::size_t i) { return *entries_of(sent_.at(i)); }

  asio::io_context io_;
  test::MemoryLog log_;
  EntryCache cache_{3};
  std::vector<Message> sent_;
  EntryAttacher attacher_{io_.get_executor(), cache_, log_,
                          [this](NodeId, Message m) { sent_.push_back(std::move(m)); }};
};

TEST_F(EntryAttacherTest, MemoryAnswersAtOnce) {
  attacher_.submit(peer, accept(3, 6));
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent(0).items.size(), 2u);
}

TEST_F(EntryAttacherTest, ASnapshotInThePlaceOfTheLogDropsWhatWaits) {
  attacher_.submit(peer, accept(0, 4));
  attacher_.on_installed();
  run();
  EXPECT_TRUE(sent_.empty());
}

TEST_F(EntryAttacherTest, EmptyRangesNeedNoEntries) {
  attacher_.submit(peer, accept(1, 2));
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(EntryAttacherTest, OlderEntriesAreReadAndTheRestFollowsFromMemory) {
  attacher_.submit(peer, accept(0, 6));
  EXPECT_TRUE(sent_.empty());
  run();
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent(0).end, 4u);
  EXPECT_EQ(sent(0).items.size(), 3u);
  EXPECT_EQ(sent(1).previous, 3u);
  EXPECT_EQ(sent(1).previous_ballot, ballot);
  EXPECT_EQ(sent(1).items.size(), 2u);
}

TEST_F(EntryAttacherTest, MessagesWithEntriesKeepTheirOrderAndOthersOvertakeThem) {
  attacher_.submit(peer, accept(0, 2));
  attacher_.submit(peer, accept(4, 6));
  attacher_.submit(peer, HeartbeatRequest{});
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<HeartbeatRequest>(sent_[0]));
  run();
  ASSERT_EQ(sent_.size(), 3u);
  EXPECT_EQ(sent(1).previous, 0u);
  EXPECT_EQ(sent(2).previous, 4u);
}

TEST_F(EntryAttacherTest, AnotherPeerDoesNotWait) {
  attacher_.submit(peer, accept(0, 2));
  attacher_.submit(NodeId{3}, accept(4, 6));
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(EntryAttacherTest, ANewPromiseDropsWhatWaits) {
  attacher_.submit(peer, accept(0, 2));
  attacher_.on_promised(Ballot{3, 0, NodeId{2}});
  run();
  EXPECT_TRUE(sent_.empty());
}

TEST_F(EntryAttacherTest, TruncationDropsWhatNamesTheEntriesThatAreGone) {
  attacher_.submit(peer, accept(0, 2));
  attacher_.submit(peer, accept(3, 6));
  attacher_.on_truncated(5);
  cache_.on_record(replication::TruncateRecord{5});
  run();
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent(0).end, 2u);
}

TEST_F(EntryAttacherTest, PromiseIsCutAndNotContinued) {
  Promise promise;
  promise.ballot = ballot;
  promise.missing = EntryRange{0, Ballot{}, 6, {}};
  attacher_.submit(peer, promise);
  run();
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent(0).end, 4u);
}

TEST_F(EntryAttacherTest, WhatWasMadeInAnEarlierBallotIsDropped) {
  Promise promise;
  promise.ballot = Ballot{1, 0, NodeId{1}};
  promise.missing = EntryRange{0, Ballot{}, 6, {}};
  attacher_.submit(peer, promise);
  run();
  EXPECT_TRUE(sent_.empty());
}

TEST_F(EntryAttacherTest, WaitingIsBounded) {
  for (std::size_t i = 0; i < 2 * EntryAttacher::waiting_per_peer_max; ++i)
    attacher_.submit(peer, accept(0, 2));
  while (!log_.reads.empty()) run();
  EXPECT_EQ(sent_.size(), EntryAttacher::waiting_per_peer_max);
}

}  // namespace
}  // namespace bellwether::node
