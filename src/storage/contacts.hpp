// storage/contacts.hpp: members and their addresses, as a node notes them for its next start.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "protocol/ids.hpp"

namespace bellwether::storage {

using Contacts = std::vector<std::pair<NodeId, std::string>>;

}  // namespace bellwether::storage
