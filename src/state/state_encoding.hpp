// state/state_encoding.hpp: the replicated state as bytes and back, canonical: equal states have equal bytes,
// on every member.
//
// Format, version 1, little-endian; a text is a u16 length and its bytes:
//   u32 version, u32 flags (1: it was recovered), u64 applied, u64 next offset, u64 epoch, text cluster
//   former clusters, only with that flag: u32 count, not 0, then each, the newest last: text cluster
//   members:   u64 next id, u64 index of the last change, u32 count, then each, ascending by id:
//              u64 id, u8 flags (1 votes, 2 stays a learner), u32 priority, text token, text address
//   producers: u32 count, then each, ascending by id:
//              u64 id, u64 last sequence, u64 last activity, u32 groups, then each group, the last one's
//              sequence being `last sequence`: u64 index, u64 offset, u32 count
// Errors:  anything that encode() would not have written.
// Threads: no state; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/result.hpp"
#include "state/state_machine.hpp"

namespace bellwether::state {

std::string encode(const State& state);
Offset next_offset_in(
    std::span<const std::byte> encoded);  // of what encode() has written, without decoding it
Result<State> decode_state(std::span<const std::byte> bytes, ProducerLimits limits = {});

}  // namespace bellwether::state
