// bellwetherctl/inspect_view.hpp: what was found in a data directory, in words and as JSON.
// Threads: pure.
#pragma once

#include <string>
#include <vector>

#include "storage/inspection.hpp"

namespace bellwether::ctl {

std::string show_inspection(const storage::Inspection& found);

// `verified`: null: nothing was.
std::string json_of_inspection(const storage::Inspection& found, const storage::Verification* verified);

}  // namespace bellwether::ctl
