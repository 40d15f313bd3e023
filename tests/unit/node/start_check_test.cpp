#include "node/start_check.hpp"

#include <gtest/gtest.h>

namespace bellwether::node {
namespace {

Options options_with(const std::string& advertise, bool seeds_are_given = true) {
  Options options;
  options.advertise = advertise;
  options.data_directory = "the/directory";
  options.seeds = {{"127.0.0.1", 8002}, {"127.0.0.1", 8003}};
  options.seeds_are_given = seeds_are_given;
  return options;
}

const std::string bound = "127.0.0.1:8001";

std::optional<storage::Identity> owl() {
  storage::Identity identity;
  identity.cluster = "owls";
  identity.id = NodeId{2};
  return identity;
}

Inquiry::Finding finding(const std::string& address, const std::string& cluster, NodeId id) {
  StatusAnswer status;
  status.cluster = cluster;
  status.id = id;
  return {address, status};
}

using Addresses = std::vector<std::string>;

TEST(StartCheck, ANewNodeAsksNobody) {
  EXPECT_EQ(addresses_to_ask(options_with(bound), std::nullopt), Addresses{});
}

TEST(StartCheck, AnAddressOtherThanTheBoundOneIsAskedWhoIsThere) {
  EXPECT_EQ(addresses_to_ask(options_with("owl.example:1"), std::nullopt), Addresses{"owl.example:1"});
}

TEST(StartCheck, AMemberAsksThoseThatItWasToldToJoinAndNoDefaultOnes) {
  EXPECT_EQ(addresses_to_ask(options_with(bound), owl()), (Addresses{"127.0.0.1:8002", "127.0.0.1:8003"}));
  EXPECT_EQ(addresses_to_ask(options_with(bound, false), owl()), Addresses{});
}

TEST(StartCheck, AnAddressAtWhichAMemberAnswersIsNotThisNodes) {
  const auto why = why_not_to_start(options_with("owl.example:1"), std::nullopt, {},
                                    {finding("owl.example:1", "owls", NodeId{5})});
  ASSERT_TRUE(why);
  EXPECT_NE(why->find("node 5 of cluster owls"), std::string::npos) << *why;
}

TEST(StartCheck, AMemberToldToJoinAnotherClusterDoesNotStart) {
  const auto why =
      why_not_to_start(options_with(bound), owl(), {}, {finding("127.0.0.1:8002", "crows", NodeId{1})});
  ASSERT_TRUE(why);
  for (const char* word :
       {"the/directory", "node 2 of cluster owls", "127.0.0.1:8002", "another cluster, crows"})
    EXPECT_NE(why->find(word), std::string::npos) << *why;
}

TEST(StartCheck, OneOfItsOwnAmongTheseIsEnough) {
  EXPECT_FALSE(why_not_to_start(
      options_with(bound), owl(), {},
      {finding("127.0.0.1:8002", "crows", NodeId{1}), finding("127.0.0.1:8003", "owls", NodeId{1})}));
}

TEST(StartCheck, NoAnswerIsNoReason) {
  EXPECT_FALSE(why_not_to_start(options_with("owl.example:1"), owl(), {}, {}));
}

// A recovered node that is still told to join through a member of the cluster before.
TEST(StartCheck, AMemberOfTheClusterBeforeARecoveryIsNoReason) {
  EXPECT_FALSE(why_not_to_start(options_with(bound), owl(), {"rooks"},
                                {finding("127.0.0.1:8002", "rooks", NodeId{1})}));
}

TEST(StartCheck, TwoSurvivorsOfOneClusterAreToldThatTheyNeverMix) {
  auto other = finding("127.0.0.1:8002", "crows", NodeId{1});
  other.status.former = {"rooks"};
  const auto why = why_not_to_start(options_with(bound), owl(), {"rooks"}, {other});
  ASSERT_TRUE(why);
  EXPECT_NE(why->find("both were recovered from rooks"), std::string::npos) << *why;
}

// It is looked for, and waited for, once the node runs.
TEST(StartCheck, AMemberOfWhatItsClusterWasRecoveredAsIsNoReason) {
  auto other = finding("127.0.0.1:8002", "crows", NodeId{1});
  other.status.former = {"owls"};
  EXPECT_FALSE(why_not_to_start(options_with(bound), owl(), {}, {other}));
}

}  // namespace
}  // namespace bellwether::node
