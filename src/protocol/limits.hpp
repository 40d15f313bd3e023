// protocol/limits.hpp: every limit of the packet format. docs/protocol.md says what the answer is.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bellwether::limits {

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;

constexpr std::size_t header_line_bytes_max = 64 * kib;      // a packet's JSON line with its line break
constexpr std::size_t client_body_bytes_max = 8 * mib;       // a body that a client sends
constexpr std::size_t peer_body_bytes_max = 16 * mib;        // a body between members
constexpr std::size_t entry_bytes_max = 8 * mib + 64 * kib;  // an entry: room for the largest group
constexpr std::size_t chunk_bytes = 4 * mib;                 // entries in a packet, unless one is larger
constexpr std::size_t snapshot_bytes_max = 8 * mib;          // an encoded state; its tables are bounded
constexpr std::size_t messages_answer_bytes_max = 1 * mib;   // a tail's `messages` body, or one message
constexpr std::size_t messages_answer_count_max = 4096;      // so that their times fit the header line
constexpr std::size_t json_depth_max = 16;                   // nesting in a header line
constexpr std::size_t address_bytes_max = 255;
constexpr std::size_t token_bytes_max = 64;
constexpr std::uint64_t ballot_round_max = std::uint64_t{1} << 53;  // no cluster has that many elections
constexpr std::size_t members_max = 64;
constexpr std::size_t voters_max = 9;

static_assert(entry_bytes_max + 64 * kib < peer_body_bytes_max, "the largest entry travels between members");

}  // namespace bellwether::limits
