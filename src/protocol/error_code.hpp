// protocol/error_code.hpp: the closed list of error codes that a packet or an HTTP answer can carry.
// The same list, with what each one means for the caller, stands in docs/protocol.md.
#pragma once

#include <optional>
#include <string_view>

namespace bellwether {

enum class ErrorCode {
  bad_packet,
  too_large,
  unknown_type,
  not_leader,
  no_leader,
  no_majority,
  retry,    // not stored: send it again
  unknown,  // may be stored: repeat only with the same producer and sequence
  unknown_producer,
  sequence_gap,
  disk_full,
  offset_dropped,
  busy,
  refused,
  leaving,
  removed,
  wrong_cluster,
  wrong_node,
  id_in_use,
  not_a_member,
  version,
  not_built,
};

std::string_view to_string(ErrorCode code);  // as on the wire: "not-leader"
std::optional<ErrorCode> error_code_from(std::string_view text);

}  // namespace bellwether
