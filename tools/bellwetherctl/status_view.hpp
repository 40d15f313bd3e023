// bellwetherctl/status_view.hpp: the cluster as a small table and a few sentences.
// Threads: pure.
#pragma once

#include <string>
#include <vector>

#include "protocol/packets.hpp"

namespace bellwether::ctl {

std::string show_status(const StatusAnswer& status, bool colour);
std::string show_members(const std::vector<MemberStatus>& members, bool colour);

}  // namespace bellwether::ctl
