#include "storage/checkpoint_file.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "samples.hpp"
#include "state/state_encoding.hpp"
#include "storage/side_file.hpp"

namespace bellwether::storage {
namespace {

using test::MemoryFolder;

constexpr LogId log_id{77};

replication::StableState state_with(Index decided) {
  replication::StableState state;
  for (Index index = 1; index <= decided + 1; ++index) {
    EXPECT_TRUE(state.replay(test::append(index, {test::batch(index, "message")})));
  }
  EXPECT_TRUE(state.replay(replication::DecidedRecord{decided}));
  return state;
}

TEST(CheckpointFile, ComesBackAsWritten) {
  const auto checkpoint = test::checkpoint_of(state_with(5));
  const auto decoded = decode_checkpoint(log_id, 5, encode_checkpoint(log_id, checkpoint));
  ASSERT_TRUE(decoded) << decoded.error().what;
  EXPECT_EQ(decoded->checkpoint.index(), 5u);
  EXPECT_EQ(decoded->checkpoint.state.next_offset(), 5u);
  EXPECT_EQ(decoded->checkpoint.ballots.last(), 5u);
  EXPECT_EQ(decoded->checkpoint.ballots.at(3), checkpoint.ballots.at(3));
}

TEST(CheckpointFile, EveryFlippedBitAndEveryCutIsRefused) {
  const auto good = encode_checkpoint(log_id, test::checkpoint_of(state_with(5)));
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    auto bytes = good;
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(decode_checkpoint(log_id, 5, bytes)) << "bit " << bit;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_checkpoint(log_id, 5, std::span(good).first(size))) << size << " bytes";
  }
}

TEST(CheckpointFile, OneOfAnotherLogOrIndexIsRefused) {
  const auto good = encode_checkpoint(log_id, test::checkpoint_of(state_with(5)));
  EXPECT_FALSE(decode_checkpoint(LogId{78}, 5, good));
  EXPECT_FALSE(decode_checkpoint(log_id, 6, good));
}

TEST(CheckpointFile, KeepsTheBallotsFromTheBaseOn) {
  auto state = state_with(9);
  ASSERT_TRUE(state.replay(replication::CompactRecord{test::snapshot_of(state_with(4))}));
  const auto decoded = decode_checkpoint(log_id, 9, encode_checkpoint(log_id, test::checkpoint_of(state)));
  ASSERT_TRUE(decoded) << decoded.error().what;
  EXPECT_EQ(decoded->checkpoint.ballots.base(), state.ballots().base());
  EXPECT_EQ(decoded->checkpoint.ballots.last(), 9u);
  EXPECT_FALSE(decoded->is_for_base);
}

TEST(CheckpointFile, OneForABaseSaysSo) {
  const auto snapshot = test::snapshot_of(state_with(5));
  const auto decoded = decode_checkpoint(log_id, 5, encode_checkpoint(log_id, BaseCheckpoint{snapshot}));
  ASSERT_TRUE(decoded) << decoded.error().what;
  EXPECT_TRUE(decoded->is_for_base);
  EXPECT_EQ(decoded->checkpoint.ballots.base().index, 5u);
  EXPECT_EQ(decoded->checkpoint.ballots.last_ballot(), snapshot->ballot);
}

TEST(CheckpointFile, IsReadAsTheSnapshotThatItIs) {
  MemoryFolder memory;
  const auto folder = memory.folder();
  const auto state = state_with(5);
  ASSERT_TRUE(write_checkpoint(*folder, log_id, test::checkpoint_of(state)));
  const auto snapshot = read_snapshot(*folder, log_id, 5);
  ASSERT_TRUE(snapshot) << snapshot.error().what;
  EXPECT_EQ((*snapshot)->index, 5u);
  EXPECT_EQ((*snapshot)->ballot, state.ballots().at(5));
  EXPECT_EQ((*snapshot)->state.text(), state::encode(state.decided_state()));
}

// As they were written before anything could be dropped.
TEST(CheckpointFile, OneOfVersionOneIsReadAsOneWithoutABase) {
  const auto checkpoint = test::checkpoint_of(state_with(5));
  const auto written = encode_checkpoint(log_id, checkpoint);
  constexpr std::ptrdiff_t run_bytes = 32;
  std::vector<std::byte> old(written.begin(), written.begin() + side_header_bytes);
  old.insert(old.end(), written.begin() + side_header_bytes + run_bytes, written.end());
  old[8] = std::byte{1};
  old[12] = std::byte{1};
  seal_side_file(old, "BELLWCKP");
  const auto decoded = decode_checkpoint(log_id, 5, old);
  ASSERT_TRUE(decoded) << decoded.error().what;
  EXPECT_EQ(decoded->checkpoint.ballots.base().index, 0u);
  EXPECT_EQ(decoded->checkpoint.ballots.at(3), checkpoint.ballots.at(3));
}

TEST(CheckpointFile, IsDurableUnderItsName) {
  MemoryFolder memory;
  const auto folder = memory.folder();
  for (Index index = 1; index <= 4; ++index) {
    ASSERT_TRUE(write_checkpoint(*folder, log_id, test::checkpoint_of(state_with(index))));
  }
  EXPECT_EQ(*list_checkpoints(*folder), (std::vector<Index>{4, 3, 2, 1}));
  EXPECT_TRUE(memory.durable().contains(checkpoint_name(4)));
  EXPECT_TRUE(read_checkpoint(*folder, log_id, 4));
}

TEST(CheckpointFile, EveryOneThatHasItsNameIsWholeWheneverThePowerGoesOff) {
  for (int operation = 0; operation < 16; ++operation) {
    MemoryFolder memory;
    const auto folder = memory.folder();
    memory.cut_power_at(operation);
    for (Index index = 1; index <= 3; ++index) {
      if (!write_checkpoint(*folder, log_id, test::checkpoint_of(state_with(index)))) break;
    }
    for (const bool keeps_names : {false, true}) {
      bool asked = false;  // the first question is about a name, if any is not durable
      MemoryFolder after(memory.torn([&] { return !std::exchange(asked, true) && keeps_names; }));
      const auto files = after.folder();
      const auto named = list_checkpoints(*files);
      ASSERT_TRUE(named);
      for (const Index index : *named) {
        const auto read = read_checkpoint(*files, log_id, index);
        EXPECT_TRUE(read) << "operation " << operation << ": " << read.error().what;
      }
    }
  }
}

}  // namespace
}  // namespace bellwether::storage
