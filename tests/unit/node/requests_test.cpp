#include "node/requests.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace bellwether::node {
namespace {

using replication::RequestId;

class RequestsTest : public testing::Test {
 protected:
  // Whose answer counts as number `name`.
  RequestId add(int name) {
    return requests_.add({nullptr, 0, [this, name](const replication::Answer&) { answered_ = name; }});
  }
  int take(RequestId request) {
    answered_ = 0;
    if (const auto asker = requests_.take(request)) asker->callback({});
    return answered_;
  }

  Requests requests_;
  int answered_ = 0;
};

TEST_F(RequestsTest, EachIsTakenOnce) {
  const RequestId first = add(1);
  const RequestId second = add(2);
  const RequestId third = add(3);
  EXPECT_EQ(take(second), 2);
  EXPECT_EQ(take(second), 0);
  EXPECT_EQ(take(first), 1);
  EXPECT_EQ(take(first), 0);
  EXPECT_EQ(take(third), 3);
  EXPECT_EQ(take(RequestId{99}), 0);
}

TEST_F(RequestsTest, ANumberIsNeverGivenTwice) {
  RequestId last{};
  for (int i = 1; i <= 10'000; ++i) {
    const RequestId request = add(i);
    EXPECT_GT(request, last);
    last = request;
    if (i % 7 == 0) continue;
    EXPECT_EQ(take(request), i);
  }
}

TEST_F(RequestsTest, OneThatWaitsForLongIsFoundBehindMillionsThatCameLater) {
  const RequestId patient = add(-1);
  const RequestId as_patient = add(-2);
  for (int i = 1; i <= 1'000'000; ++i) EXPECT_EQ(take(add(i)), i);
  EXPECT_EQ(take(as_patient), -2);
  EXPECT_EQ(take(patient), -1);
  EXPECT_EQ(take(patient), 0);
}

TEST_F(RequestsTest, WindowOfThousandsIsAnsweredInOrder) {
  std::vector<RequestId> window;
  for (int i = 1; i <= 5'000; ++i) window.push_back(add(i));
  for (int i = 1; i <= 20'000; ++i) {
    const auto place = static_cast<std::size_t>(i - 1) % window.size();
    EXPECT_EQ(take(window[place]), i);
    window[place] = add(i + 5'000);
  }
}

}  // namespace
}  // namespace bellwether::node
