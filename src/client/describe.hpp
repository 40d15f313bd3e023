// client/describe.hpp: answers of the cluster in plain words, for people.
// Threads: pure.
#pragma once

#include <string>

#include "base/result.hpp"
#include "protocol/packets.hpp"

namespace bellwether::client {

std::string describe(const ErrorAnswer& answer);  // what is wrong, who is missing, the hint
std::string describe_refusal(const std::string& address, const ErrorAnswer& answer);
tl::unexpected<Error> refusal(const std::string& address, const ErrorAnswer& answer);

// What a member that knows no leader can say about why: an election, or too few votes and whose are missing.
std::string describe_no_leader(const StatusAnswer& status);

}  // namespace bellwether::client
