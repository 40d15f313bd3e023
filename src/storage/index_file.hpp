// storage/index_file.hpp: the index of a full segment as a file beside it. It says nothing that the segment
// does not say: one that is missing or broken is made anew.
//
// Format, little-endian:
//    0  "BELLWIDX"   8  u32 version   12  u32 points   16  u64 file id and   24  u64 number of the segment
//   32  u64 reserved (0)   40  u64 reserved (0)   48  u64 reserved (0)   56  u64 sum: XXH3-64, seed 0, of all else
//   64  the points, 32 bytes each: u64 entry index, u64 position, u64 offset, u64 time in ms
// Errors:  a file that cannot be written; one that is not as it was written.
// Threads: none of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "storage/folder.hpp"
#include "storage/segment_format.hpp"
#include "storage/segment_index.hpp"

namespace bellwether::storage {

std::string index_name(std::uint64_t segment_number);
std::optional<std::uint64_t> segment_number_of_index(
    std::string_view file);  // none: not the name of an index

std::vector<std::byte> encode_index(const SegmentHeader& segment, const SegmentIndex& index);
Result<SegmentIndex> decode_index(const SegmentHeader& segment, std::span<const std::byte> bytes);

Result<void> write_index(Folder& folder, const SegmentHeader& segment, const SegmentIndex& index);
Result<SegmentIndex> read_index(Folder& folder, const SegmentHeader& segment);

}  // namespace bellwether::storage
