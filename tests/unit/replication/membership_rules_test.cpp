// Who is a member, who votes, who is out: sections 8 and 9 of the specification.
#include <gtest/gtest.h>

#include "table.hpp"

namespace bellwether::replication {
namespace {

struct Council {
  Table table;
  explicit Council(std::uint64_t voters = 3, std::uint64_t learners = 0) : table(n3, voters, learners) {
    table.make_leader({n1, n2});
  }
  void settle() {
    table.sync();
    table.accept_all(n1);
    table.accept_all(n2);
  }
  void round() {
    table.answer_heartbeats({n1, n2}, true);
    table.end_round();
  }
  RequestId join(std::string token, std::string address) {
    static Join asked;
    asked = Join{};
    asked.token = std::move(token);
    asked.address = std::move(address);
    return table.ask([](Replica& replica, RequestId request) { replica.join(request, asked); });
  }
  const state::Members& config() const { return table.replica->tail_state().members(); }
};

TEST(MembershipRules, G2NothingChangesBeforeAnOwnEntryIsDecided) {
  Council c;
  EXPECT_EQ(c.table.refusal_of(c.join("new", "b:1")), ErrorCode::retry);
  EXPECT_FALSE(c.config().has(n4));
}

TEST(MembershipRules, G2OneChangeAtATime) {
  Council c;
  c.settle();
  c.round();
  c.join("new", "b:1");
  EXPECT_TRUE(c.config().has(n4));
  c.join("another", "b:2");
  EXPECT_FALSE(c.config().has(n5));
  c.settle();
  c.join("another", "b:2");
  EXPECT_TRUE(c.config().has(n5));
}

TEST(MembershipRules, G4AJoinIsAnsweredWithItsIdOnceItIsDecided) {
  Council c;
  c.settle();
  c.round();
  EXPECT_EQ(c.table.refusal_of(c.join("new", "b:1")), ErrorCode::retry);
  EXPECT_EQ(c.table.refusal_of(c.join("new", "b:1")), ErrorCode::retry);  // in the log, not decided
  c.settle();
  const RequestId joined = c.join("new", "b:1");
  ASSERT_TRUE(c.table.answer_to(joined));
  EXPECT_EQ(std::get<JoinDone>(*c.table.answer_to(joined)).id, n4);
  EXPECT_FALSE(c.config().is_voter(n4));
}

TEST(MembershipRules, G5ALearnerVotesOnlyOnceItHasCaughtUp) {
  Council c(3, 1);
  c.settle();
  c.round();
  c.table.answer_heartbeats({n1, n2, n4}, true);
  c.table.end_round();
  EXPECT_FALSE(c.config().is_voter(n4));
  c.table.accept_all(n4);
  c.table.answer_heartbeats({n1, n2, n4}, true);
  c.table.end_round();
  EXPECT_TRUE(c.config().is_voter(n4));
}

TEST(MembershipRules, G6AVoterIsRemovedOnlyIfThoseThatRemainAnswer) {
  Council c;
  c.settle();
  c.table.answer_heartbeats({n1}, true);
  c.table.end_round();
  c.table.end_round();  // nobody answers any more
  EXPECT_EQ(c.table.refusal_of(c.table.ask([](Replica& r, RequestId request) { r.remove(request, n2); })),
            ErrorCode::no_majority);
  c.table.answer_heartbeats({n1}, true);
  c.table.ask([](Replica& r, RequestId request) { r.remove(request, n2); });
  EXPECT_FALSE(c.config().has(n2));
}

TEST(MembershipRules, G6TheLastVoterIsNotRemoved) {
  Table table(n1, 1);
  table.make_leader({});
  table.sync();
  const RequestId removed = table.ask([](Replica& r, RequestId request) { r.remove(request, n1); });
  EXPECT_EQ(table.refusal_of(removed), ErrorCode::refused);
}

TEST(MembershipRules, G6ALeaderThatIsToGoHandsOverFirst) {
  Council c;
  c.settle();
  c.round();
  const RequestId removed = c.table.ask([](Replica& r, RequestId request) { r.remove(request, n3); });
  EXPECT_EQ(c.table.refusal_of(removed), ErrorCode::retry);
  EXPECT_TRUE(c.config().has(n3));
  EXPECT_TRUE(c.table.replica->is_handing_over());
}

TEST(MembershipRules, L9ALearnerDoesNotCount) {
  Council c(3, 1);
  c.table.sync();
  c.table.accept_all(n4);
  EXPECT_EQ(c.table.replica->decided(), c.table.formed);
}

// The former leader's log may be decided here only later: then neither its coming nor its removal is.
TEST(MembershipRules, G6ARemovalThatWasAdoptedIsDoneOnceItIsDecided) {
  Table table(n3, 3);
  const Ballot former = ballot(2, n1);
  EntryRange changes = table.entries(table.formed, ballot(1, n1), {});
  changes.items.push_back(make_entry(changes.end++, former, 0, AddMember{n4, "t4", "a4:1", 0, true}));
  changes.items.push_back(make_entry(changes.end++, former, 0, RemoveMember{n4}));
  table.hear(n1, Accept{.ballot = former, .entries = changes, .decided = table.formed, .read = 0});
  table.make_leader({n1, n2});
  const RequestId request = table.ask([](Replica& replica, RequestId id) { replica.remove(id, n4); });
  EXPECT_FALSE(table.answer_to(request));
  table.sync();
  table.accept_all(n1);
  ASSERT_TRUE(table.answer_to(request));
  EXPECT_TRUE(std::holds_alternative<AdminDone>(*table.answer_to(request)));
}

TEST(MembershipRules, X3ARemovalIsToldOnlyOnceItIsDecided) {
  Council c;
  c.settle();
  c.round();
  c.table.ask([](Replica& r, RequestId request) { r.remove(request, n2); });
  c.table.hear(n2, HeartbeatRequest{.round = 1, .lost = std::nullopt});
  EXPECT_TRUE(c.table.sent<Removed>().empty());
  EXPECT_TRUE(c.table.sent_to<HeartbeatReply>(n2));
  c.table.sync();
  c.table.accept_all(n1);
  EXPECT_TRUE(c.table.sent_to<Removed>(n2));  // X4: at once
  c.table.hear(n2, HeartbeatRequest{.round = 2, .lost = std::nullopt});
  EXPECT_TRUE(c.table.sent_to<Removed>(n2));  // X1: and whenever it asks
  EXPECT_TRUE(c.table.sent<HeartbeatReply>().empty());
}

}  // namespace
}  // namespace bellwether::replication
