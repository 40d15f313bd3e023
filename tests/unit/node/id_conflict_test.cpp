#include "node/id_conflict.hpp"

#include <gtest/gtest.h>

namespace bellwether::node {
namespace {

const NodeId n1{1};
const NodeId n2{2};
const IdConflict::Clock::time_point start{};

TEST(IdConflict, IsCertainOnceItHasLasted) {
  IdConflict conflict;
  EXPECT_FALSE(conflict.on_id_in_use(start));
  EXPECT_FALSE(conflict.on_id_in_use(start + IdConflict::lasts_after / 2));
  EXPECT_TRUE(conflict.on_id_in_use(start + IdConflict::lasts_after));
  EXPECT_FALSE(conflict.on_id_in_use(start + IdConflict::lasts_after));  // once
}

TEST(IdConflict, OfTheProcessBeforeEndsWithTheFirstLink) {
  IdConflict conflict;
  EXPECT_FALSE(conflict.on_id_in_use(start));
  conflict.on_up(n1);
  conflict.on_down(n1);
  EXPECT_FALSE(conflict.on_id_in_use(start + IdConflict::lasts_after));
}

TEST(IdConflict, IsTheOthersWhileAnybodyIsReached) {
  IdConflict conflict;
  conflict.on_up(n1);
  conflict.on_up(n2);
  conflict.on_down(n2);
  EXPECT_FALSE(conflict.on_id_in_use(start));
  EXPECT_FALSE(conflict.on_id_in_use(start + IdConflict::lasts_after));
}

}  // namespace
}  // namespace bellwether::node
