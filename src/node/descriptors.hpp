// node/descriptors.hpp: how many file descriptors this process may have, and what it does with them.
// Units:   descriptors.
// Errors:  none; a limit that cannot be read or raised is taken as it is.
#pragma once

#include <cstddef>

namespace bellwether::node {

// To what the system allows: every connection takes one, and the usual soft limit is far below what a node accepts.
void raise_descriptor_limit();

// At most `wanted` connections, and so few that the log's files and the links to the other members always find a descriptor:
// whoever opens connections must not be able to stop the disk.
std::size_t connections_within_limit(std::size_t wanted);
std::size_t connections_within(std::size_t descriptors, std::size_t wanted);  // the same of this limit

}  // namespace bellwether::node
