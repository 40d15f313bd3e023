// node/bootstrap.hpp: the beginning of a new cluster (consensus.md G3): a random name and key, and a log
// whose first entry makes this node the first member.
// Threads: the caller's; blocks until it is on the disk.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "storage/data_directory.hpp"

namespace bellwether::node {

// Writes the log, then the identity: a crash in between leaves a directory without an identity.
Result<storage::Identity> found_cluster(storage::DataDirectory& directory, const std::string& address,
                                        std::uint32_t priority);

}  // namespace bellwether::node
