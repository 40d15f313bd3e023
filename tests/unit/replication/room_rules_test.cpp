// What a node does without room on its disk: S5 and H3 of the specification.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "table.hpp"

namespace bellwether::replication {
namespace {

void be(Table& table, Room room) {
  table.step([room](Replica& replica) { replica.on_room(room); });
}

EntryPtr batch(Index index, Ballot of) {
  const Group group{.producer = no_producer, .sequence = 0, .count = 1, .bytes = 4};
  return make_entry(index, of, 0, Batch{{group}}, {Bytes::copy_of(std::string(4, '\0'))});
}

std::size_t appended(const std::vector<Record>& records) {
  std::size_t count = 0;
  for (const Record& record : records) {
    if (const auto* append = std::get_if<AppendRecord>(&record)) count += append->entries.size();
  }
  return count;
}

bool truncates(const std::vector<Record>& records) {
  return std::ranges::any_of(
      records, [](const Record& record) { return std::holds_alternative<TruncateRecord>(record); });
}

// Node 1 of three; the first log has five entries of ballot [1, 0, 1].
struct FullFollower {
  Table table{n1, 3};
  const Ballot old = ballot(1, n1);
  const Ballot lead = ballot(2, n3);

  explicit FullFollower(Room room = Room::none) {
    be(table, room);
    table.written();
  }
  void accept(const EntryRange& entries, Index decided = 0) {
    table.hear(n3, Accept{.ballot = lead, .entries = entries, .decided = decided, .read = 0});
  }
  EntryRange batches(Index previous, Ballot previous_ballot, std::size_t count) const {
    EntryRange range{
        .previous = previous, .previous_ballot = previous_ballot, .end = previous + 1, .items = {}};
    for (std::size_t i = 0; i < count; ++i, ++range.end) range.items.push_back(batch(range.end, lead));
    return range;
  }
};

TEST(RoomRules, AFollowerWithoutRoomTakesNoMessagesAndSaysWhatItHas) {
  FullFollower f;
  f.accept(f.batches(5, f.old, 3), 8);
  f.table.sync();
  EXPECT_EQ(appended(f.table.written()), 0u);
  EXPECT_EQ(f.table.replica->last(), 5u);
  EXPECT_EQ(f.table.replica->decided(), 5u);
  const auto accepted = f.table.sent_to<Accepted>(n3);
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->durable_match, 5u);
  EXPECT_EQ(accepted->match, 5u);
}

TEST(RoomRules, TheReserveTakesWhatBringsNoMessages) {
  FullFollower f;
  auto entries = f.table.entries(5, f.old, {f.lead, f.lead});
  entries.items.push_back(batch(8, f.lead));
  entries.items.push_back(make_entry(9, f.lead, 0, Noop{}));
  entries.end = 10;
  f.accept(entries, 9);
  f.table.sync();
  EXPECT_EQ(f.table.replica->last(), 7u);
  EXPECT_EQ(f.table.replica->decided(), 7u);
  EXPECT_EQ(f.table.sent_to<Accepted>(n3)->durable_match, 7u);
}

TEST(RoomRules, RegistrationsAreForClientsAndNotForTheReserve) {
  FullFollower f;
  EntryRange entries{.previous = 5,
                     .previous_ballot = f.old,
                     .end = 7,
                     .items = {make_entry(6, f.lead, 0, RegisterProducer{})}};
  f.accept(entries);
  EXPECT_EQ(f.table.replica->last(), 5u);
}

TEST(RoomRules, AFollowerWithLittleRoomTakesWhatTheLeaderHasAppended) {
  FullFollower f(Room::low);
  f.accept(f.batches(5, f.old, 3), 8);
  EXPECT_EQ(f.table.replica->decided(), 8u);
}

TEST(RoomRules, NothingIsDroppedForEntriesThatCannotBeTaken) {
  FullFollower f(Room::enough);
  f.accept(f.batches(5, f.old, 3));
  be(f.table, Room::none);
  f.table.written();
  const Ballot next = ballot(3, n2);
  EntryRange others{.previous = 5, .previous_ballot = f.old, .end = 7, .items = {batch(6, next)}};
  f.table.hear(n2, Accept{.ballot = next, .entries = others, .decided = 6, .read = 0});
  f.table.sync();
  EXPECT_FALSE(truncates(f.table.written()));
  EXPECT_EQ(f.table.replica->last(), 8u);
  EXPECT_EQ(f.table.replica->decided(), 5u);  // what it has there is another entry
  EXPECT_EQ(f.table.sent_to<Accepted>(n2)->match, 5u);
}

TEST(RoomRules, AFullNodeStillPromises) {
  FullFollower f;
  f.table.hear(n3, Prepare{.ballot = f.lead, .last_ballot = f.old, .last = 5, .decided = 5});
  f.table.sync();
  EXPECT_TRUE(f.table.sent_to<Promise>(n3));
}

TEST(RoomRules, HeartbeatsTellWhetherThereIsRoom) {
  FullFollower f(Room::low);
  f.table.hear(n3, HeartbeatRequest{.round = 1, .lost = std::nullopt});
  EXPECT_FALSE(f.table.sent_to<HeartbeatReply>(n3)->room);
  be(f.table, Room::enough);
  f.table.hear(n3, HeartbeatRequest{.round = 2, .lost = std::nullopt});
  EXPECT_TRUE(f.table.sent_to<HeartbeatReply>(n3)->room);
}

TEST(RoomRules, TakenUpAgainWhenThereIsRoom) {
  FullFollower f;
  f.accept(f.batches(5, f.old, 3));
  be(f.table, Room::enough);
  f.accept(f.batches(5, f.old, 3), 8);
  EXPECT_EQ(f.table.replica->decided(), 8u);
}

// Node 3 of three leads; all are at its noop, entry 6.
struct Reign {
  Table table{n3, 3};
  Reign() {
    table.make_leader({n1, n2});
    table.sync();
    table.accept_all(n1);
    table.accept_all(n2);
    round({});
    table.written();
    table.sent<Accept>();
  }
  void round(const std::set<NodeId>& full) {
    const auto asked = table.sent<HeartbeatRequest>();
    for (const NodeId id : {n1, n2}) {
      for (const auto& [to, request] : asked) {
        if (to != id) continue;
        HeartbeatReply reply;
        reply.round = request.round;
        reply.ballot = ballot(0, id);
        reply.leader = table.replica->leader_ballot();
        reply.happy = true;
        reply.quorum_connected = true;
        reply.last = table.replica->last();
        reply.room = !full.contains(id);
        table.hear(id, reply);
      }
    }
    table.end_round();
  }
  ErrorCode append() { return table.refusal_of(table.append(no_producer, 0)).value_or(ErrorCode::retry); }
  bool takes_messages() { return !table.refusal_of(table.append(no_producer, 0)); }
};

TEST(RoomRules, ALeaderWithoutRoomRefusesMessagesAndProducers) {
  for (const Room room : {Room::low, Room::none}) {
    Reign r;
    be(r.table, room);
    EXPECT_EQ(r.append(), ErrorCode::disk_full);
    const auto registered =
        r.table.ask([](Replica& replica, RequestId request) { replica.register_producer(request); });
    EXPECT_EQ(r.table.refusal_of(registered), ErrorCode::disk_full);
    EXPECT_EQ(appended(r.table.written()), 0u);
    EXPECT_FALSE(r.table.replica->has_open_batch());
    be(r.table, Room::enough);
    EXPECT_TRUE(r.takes_messages());
  }
}

TEST(RoomRules, WhatIsStoredAlreadyIsAcknowledgedAgainWithoutRoom) {
  Reign r;
  const auto registered =
      r.table.ask([](Replica& replica, RequestId request) { replica.register_producer(request); });
  r.table.sync();
  r.table.accept_all(n1);
  const auto answer = r.table.answer_to(registered);
  ASSERT_TRUE(answer);
  const ProducerId producer = std::get<RegisterDone>(*answer).producer;
  r.table.append(producer, 1);
  r.table.step([](Replica& replica) { replica.seal(); });
  r.table.sync();
  r.table.accept_all(n1);
  be(r.table, Room::none);
  const auto again = r.table.answer_to(r.table.append(producer, 1));
  ASSERT_TRUE(again);
  EXPECT_TRUE(std::holds_alternative<AppendDone>(*again));
  EXPECT_EQ(r.table.refusal_of(r.table.append(producer, 2)), ErrorCode::disk_full);
  EXPECT_EQ(r.table.refusal_of(r.table.append(producer, 3)), ErrorCode::disk_full);
}

TEST(RoomRules, ALeaderRefusesWhatAMajorityHasNoRoomFor) {
  Reign r;
  r.round({n1});
  EXPECT_TRUE(r.takes_messages());
  r.round({n1, n2});
  EXPECT_EQ(r.append(), ErrorCode::disk_full);
  r.round({n1});
  EXPECT_TRUE(r.takes_messages());
}

TEST(RoomRules, ALeaderWithoutRoomChangesTheMembership) {
  Reign r;
  be(r.table, Room::none);
  r.table.ask([](Replica& replica, RequestId request) { replica.remove(request, n1); });
  EXPECT_EQ(appended(r.table.written()), 1u);
}

TEST(RoomRules, H3ALeaderWithoutRoomHandsOverToAVoterThatHasSome) {
  Reign r;
  be(r.table, Room::low);
  r.round({n2});
  EXPECT_TRUE(r.table.sent_to<TakeOver>(n1));
}

TEST(RoomRules, H3WithoutRoomAnywhereTheLeaderLeadsOn) {
  Reign r;
  be(r.table, Room::none);
  for (int i = 0; i < 20; ++i) r.round({n1, n2});
  EXPECT_TRUE(r.table.sent<TakeOver>().empty());
  EXPECT_FALSE(r.table.replica->is_handing_over());
}

TEST(RoomRules, H3AVoterThatLagsIsNoSuccessor) {
  Reign r;
  r.table.append(no_producer, 0);
  r.table.step([](Replica& replica) { replica.seal(); });
  r.table.sync();
  r.table.accept_all(n2);
  r.round({n2});
  be(r.table, Room::low);
  r.round({n2});
  EXPECT_FALSE(r.table.replica->is_handing_over());
}

TEST(RoomRules, AFollowerThatIsFullIsOfferedOneEntryARound) {
  Reign r;
  for (int i = 0; i < 5; ++i) {
    r.table.append(no_producer, 0);
    r.table.step([](Replica& replica) { replica.seal(); });
  }
  r.table.sync();
  r.table.accept_all(n2);
  r.round({n1});
  r.table.sent<Accept>();
  for (int i = 0; i < 4; ++i) {
    r.round({n1});
    std::size_t entries = 0;
    for (const auto& [to, accept] : r.table.sent<Accept>()) {
      if (to == n1) entries += accept.entries.end - accept.entries.previous - 1;
    }
    EXPECT_EQ(entries, 1u);
    for (int answers = 0; answers < 3; ++answers) {
      r.table.hear(
          n1, Accepted{.ballot = r.table.replica->promised(), .durable_match = 6, .match = 6, .read = 0});
    }
    EXPECT_TRUE(r.table.sent<Accept>().empty());
  }
}

// What it would have to adopt does not fit; somebody else must lead, and it must not stand in the way.
TEST(RoomRules, ACandidateThatCannotAdoptStandsBack) {
  Table table(n3, 3);
  be(table, Room::none);
  for (int i = 0; i < 6 && table.replica->role() == Role::follower; ++i) {
    table.answer_heartbeats({n1, n2}, false, false);
    table.end_round();
  }
  ASSERT_EQ(table.replica->role(), Role::candidate);
  table.sync();
  const Ballot own = table.replica->promised();
  const Ballot dead = ballot(2, n2);
  for (const NodeId id : {n1, n2}) {
    EntryRange missing{.previous = 5, .previous_ballot = ballot(1, n1), .end = 7, .items = {batch(6, dead)}};
    Promise promise;
    promise.ballot = own;
    promise.last = 6;
    promise.last_ballot = dead;
    promise.decided = 5;
    promise.missing = missing;
    table.hear(id, promise);
  }
  EXPECT_EQ(table.replica->last(), 5u);
  for (int i = 0; i < 8; ++i) {
    table.answer_heartbeats({n1, n2}, false);
    table.end_round();
    EXPECT_NE(table.replica->role(), Role::leader);
  }
  EXPECT_EQ(table.replica->promised(), own);
  EXPECT_EQ(table.replica->role(), Role::follower);
}

}  // namespace
}  // namespace bellwether::replication
