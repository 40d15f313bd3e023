// storage/log_opening.hpp: a start of the log: makes it if it is not there, reads it, cuts a torn end off, and leaves its
// files ready to go on with.
// Errors:  as of LogStore::open().
// Threads: one.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "storage/checkpoint_keeper.hpp"
#include "storage/folder.hpp"
#include "storage/log_map.hpp"
#include "storage/log_store.hpp"
#include "storage/log_writer.hpp"

namespace bellwether::storage {

struct OpenedLog {
  std::unique_ptr<Folder> folder;
  std::unique_ptr<LogMap> map;
  LogEnd end;
  std::optional<OpenSegment> spare;
  CheckpointKeeper::Start checkpoints;
  replication::StableState state;
  RecoveryReport report;
};

Result<OpenedLog> open_log(std::unique_ptr<Folder> folder, const LogOptions& options,
                           const std::function<void(double)>& progress);

}  // namespace bellwether::storage
