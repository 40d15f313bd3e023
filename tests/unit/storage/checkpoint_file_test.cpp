#include "storage/checkpoint_file.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "samples.hpp"

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
  EXPECT_EQ(decoded->index(), 5u);
  EXPECT_EQ(decoded->state.next_offset(), 5u);
  EXPECT_EQ(decoded->ballots.last(), 5u);
  EXPECT_EQ(decoded->ballots.at(3), checkpoint.ballots.at(3));
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

TEST(CheckpointFile, TheTwoNewestAreKept) {
  MemoryFolder memory;
  const auto folder = memory.folder();
  for (Index index = 1; index <= 4; ++index) {
    ASSERT_TRUE(write_checkpoint(*folder, log_id, test::checkpoint_of(state_with(index))));
  }
  EXPECT_EQ(*list_checkpoints(*folder), (std::vector<Index>{4, 3}));
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
