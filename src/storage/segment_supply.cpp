#include "storage/segment_supply.hpp"

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

Result<OpenSegment> make_segment(Folder& folder, const SegmentHeader& header) {
  const std::string name = segment_name(header.number);
  const std::string staging = name + std::string(staging_suffix);
  auto disk = folder.create(staging);
  if (!disk) return tl::unexpected(std::move(disk.error()));
  const auto encoded = encode_segment_header(header);
  const Piece piece(encoded);
  if (auto filled = (*disk)->fill(header.bytes); !filled) return tl::unexpected(std::move(filled.error()));
  if (auto written = (*disk)->write(0, {&piece, 1}); !written)
    return tl::unexpected(std::move(written.error()));
  if (auto synced = (*disk)->sync(); !synced) return tl::unexpected(std::move(synced.error()));
  if (auto named = folder.rename(staging, name); !named) return tl::unexpected(std::move(named.error()));
  if (auto synced = folder.sync(); !synced) return tl::unexpected(std::move(synced.error()));
  auto named = folder.open(name);  // so that messages name it as it is called now
  if (!named) return tl::unexpected(std::move(named.error()));
  return OpenSegment{header, *std::move(named)};
}

SegmentSupply::SegmentSupply(Folder& folder, Housekeeper& housekeeper, std::uint64_t segment_bytes,
                             std::optional<OpenSegment> spare)
    : folder_(folder), housekeeper_(housekeeper), segment_bytes_(segment_bytes) {
  if (!spare) return;
  asked_for_ = spare->header.number;
  ready_ = *std::move(spare);
}

void SegmentSupply::prepare_after(const SegmentHeader& last) {
  if (std::exchange(asked_for_, last.number + 1) == last.number + 1) return;
  housekeeper_.add([this, last] {
    auto made = make_segment(folder_, header_after(last, segment_bytes_));
    const std::scoped_lock lock(mutex_);
    ready_ = std::move(made);
    changed_.notify_one();
  });
}

Result<OpenSegment> SegmentSupply::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ready_.has_value(); });
  Result<OpenSegment> taken = *std::move(ready_);
  ready_.reset();
  return taken;
}

}  // namespace bellwether::storage
