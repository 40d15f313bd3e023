// storage/write_once.hpp: a few records put behind a log that no node uses, by a program that has nothing else to do.
// Errors:  of LogStore::open; a failed write or sync, after which any part of the records may be there.
// Threads: the caller's; blocks until the records are durable.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "base/result.hpp"
#include "replication/record.hpp"
#include "replication/stable_state.hpp"
#include "storage/log_store.hpp"

namespace bellwether::storage {

// In this order; what the log says decides what is written. Nothing is, if there is none.
using MakeRecords = std::function<std::vector<replication::Record>(const replication::StableState&)>;

Result<void> write_once(const std::filesystem::path& log, const LogOptions& options, const MakeRecords& make);

}  // namespace bellwether::storage
