// storage/rejoin_file.hpp: a rejoin that has begun (consensus.md S4, G4), as the text of rejoin.json and back. The
// file is there from before the first request to join until the new identity is durable: as long as it is, what
// else is in the directory belongs to a node that must never vote again, and every start goes on with this
// rejoin, under the same token, so that it makes one new member however often it is cut short.
// Errors:  as in sealed_json.hpp.
// Threads: no state; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "protocol/ids.hpp"
#include "storage/contacts.hpp"

namespace bellwether::storage {

struct Rejoin {
  std::string token;    // of the new member
  NodeId old = nobody;  // nobody: it could not be read
  std::string cluster;  // empty: likewise
  Contacts contacts;    // of the old one
  std::string aside;    // the subfolder that keeps what was there
};

std::string encode_rejoin(const Rejoin& rejoin);
Result<Rejoin> decode_rejoin(std::string_view text);

}  // namespace bellwether::storage
