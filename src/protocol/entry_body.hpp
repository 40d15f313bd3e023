// protocol/entry_body.hpp: what stands behind the header of an entry, kind by kind; for entry.cpp only.
//
// The fields in their order; a string is a u16 length and its bytes, a flag a u8 that is 0 or 1:
//   0 noop      nothing
//   1 batch     see entry.hpp
//   2 register  nothing
//   3 init      string cluster, string token, string address, u32 priority
//   4 add       u64 id, string token, string address, u32 priority, flag stays_learner
//   5 promote   u64 id
//   6 remove    u64 id
//   7 update    u64 id, string address, u32 priority
//   8 reset     string cluster, string former, u64 epoch, u64 id, string token, string address, u32 priority
//
// Errors:  a body that is cut short, has more than its fields, or whose groups do not add up is no body.
// Threads: no state; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "protocol/entry.hpp"
#include "protocol/entry_fields.hpp"

namespace bellwether {

std::size_t message_bytes_of(const Batch& batch);  // of all groups, with their length prefixes

// A batch without its messages, which the caller puts behind it.
void write_entry_body(FieldWriter& out, const EntryContent& content);

// `body` is the whole body, a batch's messages included.
std::optional<EntryContent> read_entry_body(std::uint8_t kind, std::span<const std::byte> body);

}  // namespace bellwether
