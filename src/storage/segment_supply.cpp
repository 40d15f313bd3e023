#include "storage/segment_supply.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace bellwether::storage {

SegmentHeader header_after(const SegmentHeader& last, std::uint64_t bytes, FileId file) {
  return {.log = last.log, .number = last.number + 1, .file = file, .start = last.limit(), .bytes = bytes};
}

namespace {

Result<void> write_staging(Folder& folder, const std::string& staging, const SegmentHeader& header,
                           std::span<const Piece> records) {
  auto disk = folder.create(staging);
  if (!disk) return tl::unexpected(std::move(disk.error()));
  const auto encoded = encode_segment_header(header);
  const Piece piece(encoded);
  if (auto reserved = (*disk)->reserve(header.bytes); !reserved) return reserved;
  if (auto written = (*disk)->write(0, {&piece, 1}); !written) return written;
  if (!records.empty()) {
    if (auto written = (*disk)->write(segment_header_bytes, records); !written) return written;
  }
  return (*disk)->sync();
}

Error not_made(const Error& error) {
  const bool is_full = is_no_room(error.code);
  const std::string what = is_full ? "no room for the next segment" : "the next segment could not be made";
  return {error.code, what + ": " + error.what};
}

}  // namespace

Result<OpenSegment> make_segment(Folder& folder, const SegmentHeader& header,
                                 std::span<const Piece> records) {
  const std::string name = segment_name(header.number);
  const std::string staging = name + std::string(staging_suffix);
  auto written = write_staging(folder, staging, header, records);
  if (written) written = folder.rename(staging, name);
  if (!written) {
    (void)folder.remove(staging);  // it may have taken the last room, which others need
    return tl::unexpected(std::move(written.error()));
  }
  if (auto synced = folder.sync(); !synced) return tl::unexpected(std::move(synced.error()));
  auto named = folder.open(name);  // so that messages name it as it is called now
  if (!named) return tl::unexpected(std::move(named.error()));
  return OpenSegment{header, *std::move(named)};
}

SegmentSupply::SegmentSupply(Folder& folder, Background& background, RoomGauge& gauge,
                             const LogOptions& options, std::optional<OpenSegment> spare,
                             const LogStore::Events& events)
    : folder_(folder),
      background_(background),
      gauge_(gauge),
      segment_bytes_(options.segment_bytes),
      draw_id_(options.draw_id),
      tries_again_after_(options.tries_again_after),
      events_(events) {
  if (!spare) return;
  asked_for_ = spare->header.number;
  ready_ = *std::move(spare);
  gauge_.on_spare();
}

void SegmentSupply::prepare_after(const SegmentHeader& last) {
  if (std::exchange(asked_for_, last.number + 1) == last.number + 1) return;
  background_.add([this, last] { prepare(last); });
}

void SegmentSupply::prepare(const SegmentHeader& last) {
  auto made = make_after(last);
  Disk* const disk = made ? made->disk.get() : nullptr;
  const std::uint64_t bytes = made ? made->header.bytes : 0;
  std::optional<Error> error;
  if (!made) error = not_made(made.error());
  {
    const std::scoped_lock lock(mutex_);
    // After an input or output error nothing in this directory is certain (S5), and a second success proves
    // nothing. Anything else may pass.
    if (error && error->code != std::errc::io_error) missing_after_ = last;
    if (!error) gauge_.on_spare();
    ready_ = std::move(made);
    changed_.notify_all();
  }
  if (error) return tell_missing(*error);
  tell_made();
  write_zeros_until_taken(*disk, bytes);
}

void SegmentSupply::try_again() {
  std::optional<SegmentHeader> last;
  {
    const std::scoped_lock lock(mutex_);
    last = std::exchange(missing_after_, std::nullopt);
    if (!last) return;  // taken meanwhile
    ready_.reset();
  }
  prepare(*last);
}

Result<OpenSegment> SegmentSupply::make_after(const SegmentHeader& last) {
  if (auto room = check_room(); !room) return tl::unexpected(std::move(room.error()));
  return make_segment(folder_, header_after(last, segment_bytes_, FileId{draw_id_()}));
}

// Asked first: to try would take the last room of the disk each time, if only for a moment.
Result<void> SegmentSupply::check_room() const {
  const auto free = folder_.free_bytes();
  const std::uint64_t needed = segment_bytes_ + std::min(LogStore::left_for_side_files, segment_bytes_);
  if (!free || *free >= needed) return {};
  return failure(std::errc::no_space_on_device, "the disk of " + folder_.name() + " has " +
                                                    std::to_string(*free) + " bytes left, " +
                                                    std::to_string(needed) + " are needed");
}

void SegmentSupply::tell_missing(const Error& error) {
  if (error.code == std::errc::io_error) {
    gauge_.on_spare();  // nothing is kept for later: this node stops when the segment is needed (S5)
    if (events_.on_side_failure)
      events_.on_side_failure(
          {error.code, error.what + "; without it this node stops when the newest segment is full"});
    return;
  }
  gauge_.on_spare_missing();
  background_.add_after(tries_again_after_, [this] { try_again(); });
  if (!std::exchange(told_missing_, true) && events_.on_room_missing)
    events_.on_room_missing(error, gauge_.for_messages());
}

void SegmentSupply::tell_made() {
  if (std::exchange(told_missing_, false) && events_.on_room) events_.on_room();
}

// Behind the header. The disk stays as long as zeros are being written: take() waits for that.
void SegmentSupply::write_zeros_until_taken(Disk& disk, std::uint64_t bytes) {
  for (std::uint64_t at = segment_header_bytes; at < bytes; at += zeros_step_bytes) {
    if (!begin_zeros()) return;
    end_zeros(disk.write_zeros(at, std::min(zeros_step_bytes, bytes - at)));
  }
}

bool SegmentSupply::begin_zeros() {
  const std::scoped_lock lock(mutex_);
  writing_zeros_ = !stopped_ && !is_wanted_ && ready_.has_value() && ready_->has_value();
  return writing_zeros_;
}

void SegmentSupply::end_zeros(Result<void> result) {
  const std::scoped_lock lock(mutex_);
  writing_zeros_ = false;
  const bool is_harmless = result || is_no_room(result.error().code);  // without zeros it does as well
  if (!is_harmless)
    ready_ = tl::unexpected(std::move(result.error()));  // a file that failed once is not used
  changed_.notify_all();
}

void SegmentSupply::stop_zeros() {
  const std::scoped_lock lock(mutex_);
  stopped_ = true;
}

Result<OpenSegment> SegmentSupply::take() {
  background_.hurry();
  std::unique_lock lock(mutex_);
  is_wanted_ = true;
  changed_.wait(lock, [this] { return ready_.has_value() && !writing_zeros_; });
  is_wanted_ = false;
  Result<OpenSegment> taken = *std::move(ready_);
  ready_.reset();
  const auto last = std::exchange(missing_after_, std::nullopt);
  lock.unlock();
  if (last) taken = make_segment(folder_, header_after(*last, segment_bytes_, FileId{draw_id_()}));
  if (!taken) return tl::unexpected(not_made(taken.error()));
  return taken;
}

}  // namespace bellwether::storage
