// storage/log_trimmer.hpp: removes the files of segments that hold nothing behind the base, in the background, one
// at a time, so that room for the next segment never waits for many.
// The directory is synced behind each: so those that are left always follow one another.
// Errors:  a file that cannot be removed is told, and tried again with the next base or at the next start.
// Threads: trim() from any; on_failure in the background.
#pragma once

#include <cstdint>
#include <functional>

#include "storage/background.hpp"
#include "storage/folder.hpp"

namespace bellwether::storage {

class LogTrimmer {
 public:
  LogTrimmer(Folder& folder, Background& background, std::function<void(Error)> on_failure)
      : folder_(folder), background_(background), on_failure_(std::move(on_failure)) {}

  void trim(std::uint64_t before);  // the segments before this number, and their indexes

 private:
  void remove_oldest(std::uint64_t before);

  Folder& folder_;
  Background& background_;
  const std::function<void(Error)> on_failure_;
};

}  // namespace bellwether::storage
