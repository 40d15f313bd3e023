#include "node/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/member_metrics.hpp"

namespace bellwether::node {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

EntryPtr batch_of(std::vector<Group> groups) {
  std::vector<Bytes> messages;
  for (const Group& group : groups) messages.push_back(Bytes::copy_of(std::string(group.bytes, 'x')));
  return make_entry(1, {}, 0, Batch{std::move(groups)}, std::move(messages));
}

Group group_of_messages(std::uint32_t count) {
  Group group;
  group.count = count;
  group.bytes = 5 * count;
  return group;
}

TEST(Metrics, CountTheMessagesOfDecidedEntriesAndNoOthers) {
  Metrics metrics;
  metrics.on_decided(*make_entry(1, {}, 0, Noop{}));
  const auto entry = batch_of({group_of_messages(2), group_of_messages(3)});
  metrics.on_decided(*entry);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("\nbellwether_appended_messages_total 5\n"));
  EXPECT_THAT(text,
              HasSubstr("\nbellwether_appended_bytes_total " + std::to_string(entry->encoded_bytes) + "\n"));
  EXPECT_THAT(text, HasSubstr("\nbellwether_batch_messages_count 1\n"));
  EXPECT_THAT(text, HasSubstr("\nbellwether_batch_messages_sum 5\n"));
}

TEST(Metrics, CountElectionsAndEveryOtherLeaderOnce) {
  Metrics metrics;
  metrics.on_role_change(replication::Role::candidate);
  metrics.on_role_change(replication::Role::candidate);
  metrics.on_role_change(replication::Role::leader);
  metrics.on_role_change(replication::Role::follower);
  metrics.on_step({});
  for (const auto leader : {NodeId{1}, NodeId{1}, NodeId{2}}) metrics.on_step(leader);
  metrics.on_step({});
  metrics.on_step(NodeId{2});  // the same one: nobody took its place
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("\nbellwether_elections_started_total 2\n"));
  EXPECT_THAT(text, HasSubstr("\nbellwether_elections_won_total 1\n"));
  EXPECT_THAT(text, HasSubstr("\nbellwether_leader_changes_total 2\n"));
}

TEST(Metrics, ObserveEachAcknowledgementWithItsOwnTime) {
  Metrics metrics;
  for (const auto took : {milliseconds(1), milliseconds(1), milliseconds(3)}) metrics.on_acknowledged(took);
  metrics.on_step({});
  metrics.on_step({});
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("\nbellwether_acknowledgement_seconds_count 3\n"));
  EXPECT_THAT(text, HasSubstr("\nbellwether_acknowledgement_seconds_sum 0.005\n"));
  EXPECT_THAT(text, HasSubstr("\nbellwether_acknowledgement_seconds_bucket{le=\"0.0016\"} 2\n"));
}

TEST(Metrics, CountRefusalsByProtocolAndReason) {
  Metrics metrics;
  metrics.on_refused(Metrics::Protocol::packets, ErrorCode::bad_packet);
  metrics.on_refused(Metrics::Protocol::http, ErrorCode::not_built);
  metrics.on_refused(Metrics::Protocol::http, ErrorCode::not_built);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("refused_total{protocol=\"packets\",reason=\"bad-packet\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("refused_total{protocol=\"http\",reason=\"not-built\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("refused_total{protocol=\"http\",reason=\"bad-packet\"} 0\n"));
}

TEST(Metrics, AskTheirSourcesAtEachScrape) {
  Metrics metrics;
  double value = 1;
  metrics.add([&](metrics::Exposition& exposition) { exposition.gauge("asked", "Asked.", value); });
  EXPECT_THAT(metrics.text(), HasSubstr("\nasked 1\n"));
  value = 2;
  EXPECT_THAT(metrics.text(), HasSubstr("\nasked 2\n"));
}

class MemberMetrics : public testing::Test {
 protected:
  MemberMetrics() {
    status.id = NodeId{1};
    status.role = MemberRole::leader;
    add(NodeId{1}).lag = 0;
    add(NodeId{2}).lag = 7;
    status.members.back().reachable = true;
    add(NodeId{3}).vote = false;
    add(NodeId{4}).vote = false;
    status.members.back().learner = true;
  }
  MemberStatus& add(NodeId id) {
    MemberStatus member;
    member.id = id;
    member.vote = true;
    status.members.push_back(member);
    return status.members.back();
  }
  std::string text() const {
    metrics::Exposition exposition;
    add_member(exposition, status, {});
    return exposition.text();
  }
  StatusAnswer status;
};

TEST_F(MemberMetrics, SayWhatThisMemberIs) {
  EXPECT_THAT(text(), HasSubstr("\nbellwether_role{role=\"leader\"} 1\n"));
  EXPECT_THAT(text(), HasSubstr("\nbellwether_role{role=\"follower\"} 0\n"));
}

TEST_F(MemberMetrics, CountMembersByWhatTheyAre) {
  EXPECT_THAT(text(),
              HasSubstr("\nbellwether_members{state=\"voter\"} 2\nbellwether_members{state=\"learner\"} 1\n"
                        "bellwether_members{state=\"joining\"} 1\n"));
}

TEST_F(MemberMetrics, SayOfTheOthersWhatIsKnown) {
  EXPECT_THAT(text(), HasSubstr("\nbellwether_replication_lag_entries{member=\"2\"} 7\n"));
  EXPECT_THAT(text(), Not(HasSubstr("lag_entries{member=\"3\"}")));
  EXPECT_THAT(text(), Not(HasSubstr("{member=\"1\"}")));
  EXPECT_THAT(text(), HasSubstr("\nbellwether_member_reachable{member=\"2\"} 1\n"
                                "bellwether_member_reachable{member=\"3\"} 0\n"));
}

}  // namespace
}  // namespace bellwether::node
