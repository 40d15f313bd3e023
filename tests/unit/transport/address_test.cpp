#include "transport/address.hpp"

#include <gtest/gtest.h>

namespace bellwether::transport {
namespace {

TEST(Address, HostAndPortAreCutAtTheLastColon) {
  const auto address = parse_address("127.0.0.1:8001");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->host, "127.0.0.1");
  EXPECT_EQ(address->port, 8001);
}

TEST(Address, AnIpv6AddressStandsInBrackets) {
  const auto address = parse_address("[::1]:8001");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->host, "::1");
  EXPECT_EQ(to_string(*address), "[::1]:8001");
  EXPECT_FALSE(parse_address("::1:8001"));
}

TEST(Address, AnythingElseIsAnErrorThatNamesIt) {
  for (const char* text :
       {"", ":", "host", "host:", ":8001", "host:0", "host:65536", "host:80x", "host:-1", "[]:80"}) {
    const auto address = parse_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_NE(address.error().what.find("HOST:PORT"), std::string::npos);
  }
}

}  // namespace
}  // namespace bellwether::transport
