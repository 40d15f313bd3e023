// Entries that a node cannot read any more, and what the others give it: S6 of the specification, fetch and entries.
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "replication/repair.hpp"
#include "state/state_encoding.hpp"
#include "table.hpp"

namespace bellwether::replication {
namespace {

const Ballot old = ballot(1, n1);
const Ballot lead = ballot(2, n3);

// Node 1 of three, or of four with a learner; 5 or 6 first entries, and ten behind them of which some are decided.
struct Member {
  Table table;

  explicit Member(std::uint64_t learners = 0, Index undecided = 0) : table(n1, 3, learners) {
    const Index last = table.formed + 10;
    accept(table.entries(table.formed, old, std::vector(10, lead)), last - undecided);
    table.sync();
    end_rounds(3);  // it has noticed that nobody answers: no urgent rounds from now on
  }
  void accept(const EntryRange& entries, Index decided) {
    table.hear(n3, Accept{.ballot = lead, .entries = entries, .decided = decided, .read = 0});
  }
  void damage(Index first, Index last) {
    table.step([&](Replica& replica) { replica.on_damaged(first, last); });
  }
  void give(NodeId from, Index previous, const std::vector<Ballot>& ballots) {
    table.hear(from, Entries{table.entries(previous, lead, ballots)});
  }
  void give(NodeId from, Index previous, std::size_t count) {
    give(from, previous, std::vector(count, lead));
  }
  void end_rounds(int count) {
    for (int i = 0; i < count; ++i) table.end_round();
  }
  std::vector<Index> repaired() {
    std::vector<Index> indexes;
    for (const auto& [index, entry] : table.repaired()) indexes.push_back(index);
    return indexes;
  }
  // What it asks for, and whom.
  using Asked = std::pair<NodeId, std::pair<Index, Index>>;
  std::vector<Asked> asked() {
    std::vector<Asked> all;
    for (const auto& [to, fetch] : table.sent<Fetch>()) all.push_back({to, {fetch.first, fetch.last}});
    return all;
  }
  void compact(Index upto) {
    Table there(n1, 3);
    there.hear(n3, Accept{.ballot = lead,
                          .entries = there.entries(5, old, std::vector(upto - 5, lead)),
                          .decided = upto,
                          .read = 0});
    const auto base = std::make_shared<Snapshot>(
        Snapshot{.index = upto,
                 .ballot = lead,
                 .state = Bytes::copy_of(state::encode(there.replica->decided_state()))});
    table.step([&](Replica& replica) { replica.compact(base); });
  }
};

using AllAsked = std::vector<Member::Asked>;
using Indexes = std::vector<Index>;

TEST(RepairRules, S6WhatCannotBeReadIsAskedForAtOnce) {
  Member m;
  m.damage(7, 9);
  EXPECT_EQ(m.asked(), (AllAsked{{n2, {7, 9}}}));  // not the leader, which has enough to do
}

TEST(RepairRules, S6WhatFitsIsHandedOnAndTheNextPieceIsAskedForThere) {
  Member m;
  m.damage(7, 9);
  m.asked();
  m.give(n2, 6, 2);
  EXPECT_EQ(m.repaired(), (Indexes{7, 8}));
  EXPECT_EQ(m.asked(), (AllAsked{{n2, {9, 9}}}));
  m.give(n2, 8, 1);
  EXPECT_EQ(m.repaired(), (Indexes{9}));
  m.end_rounds(20);
  EXPECT_TRUE(m.asked().empty());
}

TEST(RepairRules, S6AnEntryOfAnotherBallotIsNotTaken) {
  Member m;
  m.damage(7, 8);
  m.give(n2, 6, {ballot(2, n2), lead});
  EXPECT_EQ(m.repaired(), (Indexes{8}));
  m.give(n2, 6, {ballot(2, n2)});
  EXPECT_TRUE(m.repaired().empty());
}

TEST(RepairRules, S6WhatWasNotAskedForIsNotTaken) {
  Member m;
  m.give(n2, 6, 2);
  m.damage(8, 8);
  m.give(n2, 6, 3);
  EXPECT_EQ(m.repaired(), (Indexes{8}));
  m.give(n2, 6, 3);  // it comes twice
  EXPECT_TRUE(m.repaired().empty());
}

TEST(RepairRules, S6StrangersGiveNothingAndGetNothing) {
  Member m;
  m.damage(7, 7);
  m.give(n5, 6, 1);
  EXPECT_TRUE(m.repaired().empty());
  m.table.hear(n5, Fetch{.first = 8, .last = 8});
  EXPECT_FALSE(m.table.sent_to<Entries>(n5));
}

TEST(RepairRules, S6AnotherMemberIsAskedIfNoneAnswersWithinARound) {
  Member m(1);
  m.damage(8, 9);
  m.asked();
  m.end_rounds(1);
  EXPECT_TRUE(m.asked().empty());  // less than a round has passed
  m.end_rounds(1);
  EXPECT_EQ(m.asked(), (AllAsked{{n4, {8, 9}}}));
  m.end_rounds(2);
  EXPECT_EQ(m.asked(), (AllAsked{{n3, {8, 9}}}));
}

TEST(RepairRules, S6AnotherMemberIsAskedInTheNextRoundIfOneCannotHelp) {
  Member m;
  m.damage(7, 9);
  m.asked();
  m.give(n2, 8, 0);
  EXPECT_TRUE(m.asked().empty());
  m.end_rounds(1);
  EXPECT_EQ(m.asked(), (AllAsked{{n3, {7, 9}}}));
}

TEST(RepairRules, S6OnceAllWereAskedItWaitsAndBeginsAgain) {
  Member m;
  m.damage(7, 9);
  m.end_rounds(2);
  EXPECT_EQ(m.asked().size(), 2u);
  m.end_rounds(2 + Repair::rounds_between_turns - 1);
  EXPECT_TRUE(m.asked().empty());
  m.end_rounds(1);
  EXPECT_EQ(m.asked().size(), 1u);
}

TEST(RepairRules, S6WhatNobodyHasDoesNotHoldUpTheRest) {
  Member m;
  m.damage(7, 7);
  m.damage(11, 12);
  EXPECT_EQ(m.asked(), (AllAsked{{n2, {7, 7}}}));
  m.end_rounds(4);
  EXPECT_EQ(m.asked(), (AllAsked{{n3, {7, 7}}, {n2, {11, 12}}}));
  m.give(n2, 10, 2);
  EXPECT_EQ(m.repaired(), (Indexes{11, 12}));
}

TEST(RepairRules, S6DamageThatMeetsOtherDamageIsOneRange) {
  Member m;
  m.damage(7, 8);
  m.damage(10, 12);
  m.damage(8, 9);
  m.end_rounds(2);
  EXPECT_EQ(m.asked().back(), (Member::Asked{n3, {7, 12}}));
}

TEST(RepairRules, S6OnlyWhatIsDecidedAndNotDroppedIsAskedFor) {
  Member m(0, 4);
  m.damage(10, 15);
  EXPECT_EQ(m.asked(), (AllAsked{{n2, {10, 11}}}));
  m.compact(10);
  m.end_rounds(2);
  EXPECT_EQ(m.asked(), (AllAsked{{n3, {11, 11}}}));
  m.damage(1, 10);
  m.compact(11);
  m.end_rounds(20);
  EXPECT_TRUE(m.asked().empty());
}

TEST(RepairRules, S6WithoutOthersNobodyIsAsked) {
  Table table(n1, 1);
  table.step([](Replica& replica) { replica.on_damaged(1, 1); });
  for (int i = 0; i < 20; ++i) table.end_round();
  EXPECT_TRUE(table.sent<Fetch>().empty());
}

// ---- answers

EntryRange answer(Member& m, Index first, Index last) {
  m.table.hear(n2, Fetch{.first = first, .last = last});
  const auto entries = m.table.sent_to<Entries>(n2);
  EXPECT_TRUE(entries);
  return entries ? entries->entries : EntryRange{};
}

TEST(RepairRules, S6EntriesAreGivenWhetherDecidedOrNot) {
  Member m(0, 4);
  const auto some = answer(m, 7, 9);
  EXPECT_EQ(some.previous, 6u);
  EXPECT_EQ(some.previous_ballot, lead);
  EXPECT_EQ(some.end, 10u);
  EXPECT_EQ(answer(m, 10, 20).end, 16u);
  const auto none = answer(m, 16, 20);
  EXPECT_EQ(none.end, none.previous + 1);
}

TEST(RepairRules, S6WhatIsNotDurableIsNotGiven) {
  Member m;
  m.accept(m.table.entries(15, lead, {lead}), 16);
  EXPECT_EQ(m.table.replica->decided(), 16u);
  EXPECT_EQ(answer(m, 15, 16).end, 16u);
  m.table.sync();
  EXPECT_EQ(answer(m, 15, 16).end, 17u);
}

TEST(RepairRules, S6WhoHasDroppedTheFirstEntriesGivesTheRest) {
  Member m;
  m.compact(9);
  const auto rest = answer(m, 8, 12);
  EXPECT_EQ(rest.previous, 9u);
  EXPECT_EQ(rest.end, 13u);
  const auto none = answer(m, 8, 9);
  EXPECT_EQ(none.previous, 9u);
  EXPECT_EQ(none.end, 10u);
}

TEST(RepairRules, S6WhatItCannotReadItselfIsNotGiven) {
  Member m;
  m.damage(9, 10);
  EXPECT_EQ(answer(m, 7, 12).end, 9u);
  const auto none = answer(m, 10, 12);
  EXPECT_EQ(none.end, none.previous + 1);
}

}  // namespace
}  // namespace bellwether::replication
