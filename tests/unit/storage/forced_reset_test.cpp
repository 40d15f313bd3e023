#include "storage/forced_reset.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "samples.hpp"
#include "storage/write_once.hpp"

namespace bellwether::storage {
namespace {

constexpr NodeId n1{1}, n2{2}, n3{3};
constexpr Ballot ballot{.round = 4, .priority = 0, .id = n1};

// The directory of node 2 of three voters: the last two of its ten entries are not decided as far as it knows.
class ForcedReset : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = DataDirectory::open(temporary.path() / "data");
    ASSERT_TRUE(opened) << opened.error().what;
    directory.emplace(*std::move(opened));
    write({InitCluster{"owls", "t1", "a:1", 0}, AddMember{n2, "t2", "b:2", 7, false}, PromoteMember{n2},
           AddMember{n3, "t3", "c:3", 0, false}, PromoteMember{n3}, RegisterProducer{}, Noop{}, Noop{},
           Noop{}, Noop{}},
          8);
    keep(identity());
  }

  static Identity identity() {
    Identity identity;
    identity.cluster = "owls";
    identity.key = "old key";
    identity.token = "t2";
    identity.id = n2;
    identity.contacts = {{n1, "a:1"}, {n3, "c:3"}};
    return identity;
  }

  void keep(const Identity& identity) { ASSERT_TRUE(directory->write_identity(identity)); }

  void write(const std::vector<EntryContent>& contents, Index decided) {
    const auto written = write_once(directory->log_path(), {}, [&](const replication::StableState& log) {
      std::vector<replication::Record> records{replication::PromiseRecord{ballot}};
      Index index = log.last();
      for (const EntryContent& content : contents) {
        ++index;
        records.emplace_back(replication::AppendRecord{index, {make_entry(index, ballot, 0, content)}});
      }
      records.emplace_back(replication::DecidedRecord{decided});
      return records;
    });
    ASSERT_TRUE(written) << written.error().what;
  }

  void recover(const std::string& cluster, const std::string& key) {
    const auto survivor = examine_survivor(*directory, cluster);
    ASSERT_TRUE(survivor) << survivor.error().what;
    const auto done = force_reset(*directory, *survivor, key, 5);
    ASSERT_TRUE(done) << done.error().what;
  }

  void expect_refused(const std::string& why) {
    const auto survivor = examine_survivor(*directory, "crows");
    ASSERT_FALSE(survivor);
    EXPECT_NE(survivor.error().what.find(why), std::string::npos) << survivor.error().what;
  }

  replication::StableState log() {
    replication::StableState found;
    LogOptions options;
    options.may_create = false;
    const auto read = write_once(directory->log_path(), options, [&](const replication::StableState& state) {
      found = state;
      return std::vector<replication::Record>();
    });
    EXPECT_TRUE(read);
    return found;
  }

  test::TemporaryDirectory temporary;
  std::optional<DataDirectory> directory;
};

TEST_F(ForcedReset, ShowsWhatThisNodeHasAndChangesNothing) {
  const auto survivor = examine_survivor(*directory, "crows");
  ASSERT_TRUE(survivor) << survivor.error().what;
  EXPECT_EQ(survivor->end.index, 10u);
  EXPECT_EQ(survivor->end.ballot, ballot);
  EXPECT_EQ(survivor->decided, 8u);
  EXPECT_EQ(survivor->members.voters(), (std::vector{n1, n2, n3}));
  EXPECT_FALSE(survivor->is_begun);
  EXPECT_EQ(log().last(), 10u);
}

TEST_F(ForcedReset, LeavesThisNodeAloneInANewClusterWithAllThatItHad) {
  recover("crows", "new key");
  const auto state = log();
  EXPECT_EQ(state.last(), 11u);
  EXPECT_EQ(state.decided(), 11u);
  EXPECT_EQ(state.promised(), (Ballot{5, 7, n2}));
  EXPECT_EQ(state.decided_state().cluster(), "crows");
  EXPECT_EQ(state.decided_state().epoch(), 1u);
  EXPECT_EQ(state.decided_state().former(), std::vector<std::string>{"owls"});
  EXPECT_EQ(state.decided_state().members().voters(), std::vector{n2});
  EXPECT_EQ(state.decided_state().members().find(n2)->address, "b:2");
  EXPECT_EQ(state.decided_state().members().next_id(), NodeId{4});
  EXPECT_TRUE(state.decided_state().producers().knows(ProducerId{6}));
  const auto kept = directory->read_identity();
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ((*kept)->cluster, "crows");
  EXPECT_EQ((*kept)->key, "new key");
  EXPECT_EQ((*kept)->epoch, 1u);
  EXPECT_EQ((*kept)->token, "t2");
  EXPECT_TRUE((*kept)->contacts.empty());
  EXPECT_FALSE(unfinished_reset(state, **kept));
}

// Its second call finds the entry of the first one, and gives the cluster no second name.
TEST_F(ForcedReset, CutShortBeforeTheIdentityIsFinishedUnderTheSameName) {
  recover("crows", "a key that was never written");
  keep(identity());
  const auto begun = unfinished_reset(log(), identity());
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->cluster, "crows");
  recover("daws", "new key");
  const auto kept = directory->read_identity();
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ((*kept)->cluster, "crows");
  EXPECT_EQ((*kept)->epoch, 1u);
  EXPECT_EQ((*kept)->key, "new key");
  EXPECT_EQ(log().last(), 11u);
}

TEST_F(ForcedReset, AnEntryThatIsNotKnownAsDecidedIsFoundAsWell) {
  write({ResetCluster{"crows", "owls", 1, n2, "t2", "b:2", 7}}, 8);
  const auto begun = unfinished_reset(log(), identity());
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->cluster, "crows");
}

TEST_F(ForcedReset, MayBeDoneAgainWhenTheNewClusterLosesItsMajorityToo) {
  recover("crows", "key");
  write({AddMember{NodeId{4}, "t4", "d:4", 0, false}, PromoteMember{NodeId{4}}}, 13);
  recover("daws", "another key");
  const auto state = log();
  EXPECT_EQ(state.decided_state().epoch(), 2u);
  EXPECT_EQ(state.decided_state().former(), (std::vector<std::string>{"owls", "crows"}));
  EXPECT_EQ(state.decided_state().members().next_id(), NodeId{5});
}

TEST_F(ForcedReset, IsRefusedToOneWhoseRemovalIsInItsLog) {
  write({RemoveMember{n2}}, 8);
  expect_refused("was begun and is in its log");
}

TEST_F(ForcedReset, IsRefusedWhereNothingIsLost) {
  write({RemoveMember{n1}, RemoveMember{n3}}, 12);
  expect_refused("just start it");
}

TEST_F(ForcedReset, IsRefusedToWhoIsNoMemberAnyMore) {
  Identity gone = identity();
  gone.membership = Membership::left;
  keep(gone);
  expect_refused("has left its cluster");
  gone.membership = Membership::removed;
  keep(gone);
  expect_refused("was removed from its cluster");
}

TEST_F(ForcedReset, IsRefusedToWhoHasNotReadThatItIsAMember) {
  Identity late = identity();
  late.id = NodeId{9};
  keep(late);
  expect_refused("not got far enough in the log");
}

TEST_F(ForcedReset, IsRefusedWhileARejoinIsUnderWay) {
  ASSERT_TRUE(directory->begin_rejoin(
      {.token = "t", .old = n2, .cluster = "owls", .contacts = {}, .aside = "aside-2-1"}));
  expect_refused("joining again");
}

}  // namespace
}  // namespace bellwether::storage
