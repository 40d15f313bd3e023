#include "storage/segment_supply.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace bellwether::storage {

SegmentHeader header_after(const SegmentHeader& last, std::uint64_t bytes) {
  return {.log = last.log,
          .number = last.number + 1,
          .file = FileId{random_bits()},
          .start = last.limit(),
          .bytes = bytes};
}

namespace {

Result<void> write_staging(Folder& folder, const std::string& staging, const SegmentHeader& header) {
  auto disk = folder.create(staging);
  if (!disk) return tl::unexpected(std::move(disk.error()));
  const auto encoded = encode_segment_header(header);
  const Piece piece(encoded);
  if (auto reserved = (*disk)->reserve(header.bytes); !reserved) return reserved;
  if (auto written = (*disk)->write(0, {&piece, 1}); !written) return written;
  return (*disk)->sync();
}

Error not_made(const Error& error) {
  const bool is_full = error.code == std::errc::no_space_on_device;
  const std::string what = is_full ? "no room for the next segment" : "the next segment could not be made";
  return {error.code, what + ": " + error.what};
}

}  // namespace

Result<OpenSegment> make_segment(Folder& folder, const SegmentHeader& header) {
  const std::string name = segment_name(header.number);
  const std::string staging = name + std::string(staging_suffix);
  auto written = write_staging(folder, staging, header);
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

SegmentSupply::SegmentSupply(Folder& folder, Housekeeper& housekeeper, std::uint64_t segment_bytes,
                             std::optional<OpenSegment> spare, std::function<void(Error)> on_failure)
    : folder_(folder),
      housekeeper_(housekeeper),
      segment_bytes_(segment_bytes),
      on_failure_(std::move(on_failure)) {
  if (!spare) return;
  asked_for_ = spare->header.number;
  ready_ = *std::move(spare);
}

void SegmentSupply::prepare_after(const SegmentHeader& last) {
  if (std::exchange(asked_for_, last.number + 1) == last.number + 1) return;
  housekeeper_.add([this, last] { prepare(last); });
}

void SegmentSupply::prepare(const SegmentHeader& last) {
  auto made = make_segment(folder_, header_after(last, segment_bytes_));
  Disk* const disk = made ? made->disk.get() : nullptr;
  const std::uint64_t bytes = made ? made->header.bytes : 0;
  if (!made && on_failure_) {
    Error error = not_made(made.error());
    error.what += "; without it this node stops when the newest segment is full";
    on_failure_(std::move(error));
  }
  {
    const std::scoped_lock lock(mutex_);
    // After an input or output error nothing in this directory is certain (S5), and a second success proves
    // nothing. Anything else may have passed until the segment is needed.
    if (!made && made.error().code != std::errc::io_error) tries_again_after_ = last;
    ready_ = std::move(made);
    changed_.notify_all();
  }
  if (disk != nullptr) write_zeros_until_taken(*disk, bytes);
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
  if (!result) ready_ = tl::unexpected(std::move(result.error()));  // a file that failed once is not used
  changed_.notify_all();
}

void SegmentSupply::stop_zeros() {
  const std::scoped_lock lock(mutex_);
  stopped_ = true;
}

Result<OpenSegment> SegmentSupply::take() {
  std::unique_lock lock(mutex_);
  is_wanted_ = true;
  changed_.wait(lock, [this] { return ready_.has_value() && !writing_zeros_; });
  is_wanted_ = false;
  Result<OpenSegment> taken = *std::move(ready_);
  ready_.reset();
  const auto last = std::exchange(tries_again_after_, std::nullopt);
  lock.unlock();
  if (last) taken = make_segment(folder_, header_after(*last, segment_bytes_));
  if (!taken) return tl::unexpected(not_made(taken.error()));
  return taken;
}

}  // namespace bellwether::storage
