// storage/repair_file.hpp: entries of one segment that the segment cannot give back any more, as other members had
// them, in a file beside it. The segment itself is never written again.
//
// Format, little-endian:
//    0  "BELLWREP"   8  u32 version   12  u32 entries   16  u64 file id and   24  u64 number of the segment
//   32  u64 log id   40  u64 reserved (0)   48  u64 reserved (0)   56  u64 sum: XXH3-64, seed 0, of all else
//   64  the entries, ascending: u64 index and the encoded entry, each
// Bounds:  no larger than its segment.
// Errors:  a file that cannot be written; one that is not as it was written; more than the bound.
// Threads: none of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/entry.hpp"
#include "storage/folder.hpp"
#include "storage/segment_format.hpp"

namespace bellwether::storage {

using RepairedEntries = std::map<Index, EntryPtr>;

std::string repair_name(std::uint64_t segment_number);
std::optional<std::uint64_t> segment_number_of_repair(std::string_view file);  // none: another file

std::vector<std::byte> encode_repair(const SegmentHeader& segment, const RepairedEntries& entries);
Result<RepairedEntries> decode_repair(const SegmentHeader& segment, const Bytes& bytes);

Result<RepairedEntries> read_repair(Folder& folder, const SegmentHeader& segment);
// Beside those that are there already.
Result<void> add_to_repair(Folder& folder, const SegmentHeader& segment, RepairedEntries entries);

}  // namespace bellwether::storage
