#include "storage/checkpoint_choice.hpp"

#include <gtest/gtest.h>

namespace bellwether::storage {
namespace {

using Indexes = std::vector<Index>;

bool all_good(Index) { return true; }

TEST(CheckpointChoice, KeepsTheTwoNewest) {
  EXPECT_EQ(surplus_checkpoints({40, 30, 20, 10}, {}, all_good), (Indexes{20, 10}));
  EXPECT_EQ(surplus_checkpoints({40, 30}, {}, all_good), Indexes());
}

TEST(CheckpointChoice, ABrokenOneTakesNoPlaceOfTwoGoodOnes) {
  const auto is_good = [](Index index) { return index != 40; };
  EXPECT_EQ(surplus_checkpoints({40, 30, 20, 10}, {}, is_good), (Indexes{10}));
}

TEST(CheckpointChoice, KeepsTheBaseAndTheOneThatIsToBeIt) {
  EXPECT_EQ(surplus_checkpoints({60, 50, 40, 30, 20}, {.base = 20, .next_base = 30, .borders = {}}, all_good),
            (Indexes{40}));
}

TEST(CheckpointChoice, DropsWhatIsBeforeTheBase) {
  EXPECT_EQ(surplus_checkpoints({60, 50, 40}, {.base = 60, .next_base = 0, .borders = {}}, all_good),
            (Indexes{50, 40}));
}

TEST(CheckpointChoice, KeepsTheFirstBehindEachBorder) {
  const CheckpointNeeds needs{.base = 0, .next_base = 0, .borders = {0, 10, 20, 30}};
  EXPECT_EQ(surplus_checkpoints({45, 40, 31, 28, 20, 19, 12, 11}, needs, all_good), (Indexes{28, 19, 12}));
}

}  // namespace
}  // namespace bellwether::storage
