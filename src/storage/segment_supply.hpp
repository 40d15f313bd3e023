// storage/segment_supply.hpp: the next segment, made ahead in the background: a file of zeros whose blocks
// are on the disk, with its header and its name, so that going on to it costs no more than a sync.
// Errors:  a file that could not be made (no room) is told to who takes it.
// Threads: prepare_after() and take() from one thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "storage/disk.hpp"
#include "storage/folder.hpp"
#include "storage/housekeeper.hpp"
#include "storage/segment_format.hpp"

namespace bellwether::storage {

struct OpenSegment {
  SegmentHeader header;
  std::unique_ptr<Disk> disk;
};

// Durable under its name when it returns; an interrupted one leaves at most a file of another name.
Result<OpenSegment> make_segment(Folder& folder, const SegmentHeader& header);

SegmentHeader header_after(const SegmentHeader& last, std::uint64_t bytes);

class SegmentSupply {
 public:
  // `spare`: what an earlier run has made ready.
  SegmentSupply(Folder& folder, Housekeeper& housekeeper, std::uint64_t segment_bytes,
                std::optional<OpenSegment> spare);

  void prepare_after(const SegmentHeader& last);  // in the background; nothing if that was asked before
  Result<OpenSegment> take();                     // waits until it is ready; prepare_after() came before

 private:
  Folder& folder_;
  Housekeeper& housekeeper_;
  const std::uint64_t segment_bytes_;
  std::uint64_t asked_for_ = 0;  // number of the newest one that is ready or being made

  std::mutex mutex_;  // guards the following
  std::condition_variable changed_;
  std::optional<Result<OpenSegment>> ready_;
};

}  // namespace bellwether::storage
