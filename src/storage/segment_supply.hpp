// storage/segment_supply.hpp: the next segment, made ahead in the background: a file with its room, its header
// and its name, so that going on to it costs no more than a sync. As long as nobody takes it zeros are written
// into it, so that its own syncs will be cheap, too.
// Errors:  a file that could not be made (no room) is told at once and tried again from time to time, and once more by
//          who takes it. If that fails, too, it is told to who takes it. After an input or output error it is not
//          tried again.
// Threads: prepare_after() and take() from one thread; the events in the background.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "storage/background.hpp"
#include "storage/disk.hpp"
#include "storage/folder.hpp"
#include "storage/log_store.hpp"
#include "storage/room_gauge.hpp"
#include "storage/segment_format.hpp"

namespace bellwether::storage {

struct OpenSegment {
  SegmentHeader header;
  std::unique_ptr<Disk> disk;
};

// Durable under its name when it returns; an interrupted one leaves at most a file of another name, one that
// fails no file that takes room.
// `records`: its first ones.
Result<OpenSegment> make_segment(Folder& folder, const SegmentHeader& header,
                                 std::span<const Piece> records = {});

SegmentHeader header_after(const SegmentHeader& last, std::uint64_t bytes, FileId file);

class SegmentSupply {
 public:
  // `spare`: what an earlier run has made ready.
  SegmentSupply(Folder& folder, Background& background, RoomGauge& gauge, const LogOptions& options,
                std::optional<OpenSegment> spare, const LogStore::Events& events);

  void prepare_after(const SegmentHeader& last);  // in the background; nothing if that was asked before
  Result<OpenSegment> take();                     // waits until it is there; prepare_after() came before

  void stop_zeros();  // from any thread: nobody will take another one, a file without them does as well

 private:
  // Small enough that neither the log's syncs nor take() wait for much of it.
  static constexpr std::uint64_t zeros_step_bytes = 1024 * 1024;

  void prepare(const SegmentHeader& last);
  void try_again();
  Result<OpenSegment> make_after(const SegmentHeader& last);
  Result<void> check_room() const;
  void tell_missing(const Error& error);
  void tell_made();
  void write_zeros_until_taken(Disk& disk, std::uint64_t bytes);
  bool begin_zeros();  // false: it is taken
  void end_zeros(Result<void> result);

  Folder& folder_;
  Background& background_;
  RoomGauge& gauge_;
  const std::uint64_t segment_bytes_;
  const std::function<std::uint64_t()> draw_id_;
  const std::chrono::milliseconds tries_again_after_;
  const LogStore::Events events_;
  std::uint64_t asked_for_ = 0;  // number of the newest one that is ready or being made

  std::mutex mutex_;  // guards the following
  std::condition_variable changed_;
  std::optional<Result<OpenSegment>> ready_;
  std::optional<SegmentHeader> missing_after_;  // ready_ is an error that may have passed
  bool told_missing_ = false;
  bool stopped_ = false;
  bool is_wanted_ = false;      // take() waits
  bool writing_zeros_ = false;  // into the one that is ready
};

}  // namespace bellwether::storage
