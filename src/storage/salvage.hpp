// storage/salvage.hpp: how a log goes on without entries that damage took (consensus.md S6). What is left of it goes into
// a segment of its own behind the newest one: its opening says what the node has promised, how many entries a
// checkpoint holds, and how the log ended before (`lost`); behind it stand the entries that can be read and are not
// decided yet. From then on a start begins there. The segments before it stay as they are, for the decided entries in
// them.
//
// The new segment is made under another name and renamed: before that a start finds the same damage and comes to the
// same plan, and after it the damage is not read any more.
// Errors:  of the file system.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "replication/stable_state.hpp"
#include "storage/folder.hpp"
#include "storage/segment_format.hpp"
#include "storage/segment_index.hpp"

namespace bellwether::storage {

struct Salvage {
  SegmentHeader newest;  // of those that have begun; the new one comes behind it
  Opening opening;       // of the new one
  Index checkpoint = 0;  // that there is; the new segment may need a later one
  SegmentIndex kept;     // of the entries in `newest` up to opening.last
  bool keeps_some = false;
};

// As many of these entries, which come behind opening.last, as fit into a segment of so many bytes.
std::size_t entries_that_fit(const std::deque<EntryPtr>& entries, std::uint64_t segment_bytes);

// Durable when it returns. `state`: what is left, with the entries that go into the new segment as undecided ones.
// `file`: the new segment's.
Result<void> carry_out(Folder& folder, const Salvage& salvage, const replication::StableState& state,
                       FileId file);

}  // namespace bellwether::storage
