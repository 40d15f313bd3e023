#include "node/repairs.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <vector>

#include "entries.hpp"
#include "memory_log.hpp"

namespace bellwether::node {
namespace {

constexpr NodeId self{1}, other{2};

// A member of two with six entries, of which five are decided.
class RepairsTest : public testing::Test {
 protected:
  RepairsTest()
      : engine_(io_, options(), stable(), log_, events()), repairs_(io_, engine_, [this] { ++told_; }) {}

  static replication::Options options() {
    replication::Options options;
    options.self = self;
    return options;
  }
  replication::StableState stable() {
    log_.append(make_entry(1, {1, 0, self}, 0, InitCluster{"owls", "token", "127.0.0.1:1", 0}));
    log_.append(make_entry(2, {1, 0, self}, 0, AddMember{other, "second", "127.0.0.1:2", 0, false}));
    for (Index index = 3; index <= 6; ++index) log_.append(test::noop(index));
    replication::StableState state;
    EXPECT_TRUE(state.replay(replication::PromiseRecord{{2, 0, self}}));
    EXPECT_TRUE(state.replay(replication::AppendRecord{1, log_.entries}));
    EXPECT_TRUE(state.replay(replication::DecidedRecord{5}));
    return state;
  }
  Engine::Events events() {
    Engine::Events events;
    events.send = [this](NodeId to, const Message& message) {
      if (const auto* fetch = std::get_if<Fetch>(&message); fetch != nullptr && to == other) asked_ = *fetch;
    };
    events.on_installed = [](const replication::Snapshot&) {};
    events.on_decided = [](const replication::DecidedEntry&) {};
    events.on_answer = [](const replication::ClientAnswer&) {};
    events.on_repaired = [this](std::vector<replication::RepairedEntry> entries) {
      repairs_.on_repaired(std::move(entries));
    };
    events.on_notice = [](const std::string&) {};
    events.on_step = [] {};
    return events;
  }
  void give(Index index) {
    engine_.begin().on_message(other, Entries{{.previous = index - 1,
                                               .previous_ballot = {2, 0, self},
                                               .end = index + 1,
                                               .items = {test::noop(index)}}});
    engine_.finish();
  }
  void store(const Result<void>& result) {
    for (const auto& done : std::exchange(log_.repairs_done, {})) done(result);
    io_.poll();
  }

  asio::io_context io_;
  test::MemoryLog log_;
  std::optional<Fetch> asked_;
  int told_ = 0;
  Engine engine_;
  Repairs repairs_;
};

TEST_F(RepairsTest, WhatIsDamagedIsAskedForStoredAndThenTold) {
  EXPECT_TRUE(repairs_.on_damage({.first = 4, .last = 4, .what = "entry 4 cannot be read back"}));
  ASSERT_TRUE(asked_);
  EXPECT_EQ(asked_->first, 4u);
  EXPECT_EQ(asked_->last, 4u);
  give(4);
  ASSERT_EQ(log_.repairs.size(), 1u);
  EXPECT_EQ(log_.repairs.front().index, 4u);
  EXPECT_EQ(told_, 0) << "it is not stored yet";
  store({});
  EXPECT_EQ(told_, 1);
}

TEST_F(RepairsTest, WhatCouldNotBeStoredIsAskedForAgainByTheNextReader) {
  repairs_.on_damage({.first = 4, .last = 4, .what = "entry 4 cannot be read back"});
  give(4);
  store(failure(std::errc::no_space_on_device, "no room"));
  EXPECT_EQ(told_, 0);
  asked_.reset();
  repairs_.on_damage({.first = 4, .last = 4, .what = "entry 4 cannot be read back"});
  EXPECT_TRUE(asked_);
}

TEST_F(RepairsTest, WhatIsNotDecidedCannotBeAskedFor) {
  EXPECT_FALSE(repairs_.on_damage({.first = 5, .last = 6, .what = "entries 5 to 6 cannot be read back"}));
  EXPECT_FALSE(asked_);
}

}  // namespace
}  // namespace bellwether::node
