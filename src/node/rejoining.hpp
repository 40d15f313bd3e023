// node/rejoining.hpp: what a start does about a directory that does not tell any more what its node has promised
// (consensus.md S4): that id must never vote again. The node refuses and names --rejoin, or begins one.
// Errors:  of the file system.
// Threads: one.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "node/recovered_elsewhere.hpp"
#include "storage/data_directory.hpp"

namespace bellwether::node {

// Whether it is damage or a loss, which other members can make good; not a file of another version, or one that
// may not be read.
bool is_damage(const Error& error);

// What was found, and what can be done about it.
std::string with_way_out(const Error& damage);

// A log without an identity: an error if it was in use, none if a start was cut short before its node could do
// anything.
Result<void> check_log_of_nobody(const storage::DataDirectory& directory);

// Reads the whole log: also what a start does not look into.
Result<void> check_whole_log(const storage::DataDirectory& directory);

// From here on every start of this directory goes on with the rejoin. `old`: none if it cannot be told.
Result<storage::Rejoin> begin_rejoin(storage::DataDirectory& directory,
                                     const std::optional<storage::Identity>& old, const std::string& token);

// The same for a node whose cluster was recovered as another one (consensus.md F3). Its old id means nothing there.
Result<storage::Rejoin> begin_rejoin_into(storage::DataDirectory& directory, const storage::Identity& old,
                                          const Successor& successor, const std::string& token);

}  // namespace bellwether::node
