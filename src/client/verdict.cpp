#include "client/verdict.hpp"

namespace bellwether::client {

Verdict verdict_on(ErrorCode code) {
  switch (code) {
    case ErrorCode::not_leader:
    case ErrorCode::no_leader:
    case ErrorCode::leaving:
    case ErrorCode::removed:
      return Verdict::elsewhere;
    case ErrorCode::retry:
    case ErrorCode::no_majority:
    case ErrorCode::busy:
    case ErrorCode::disk_full:
      return Verdict::later;
    case ErrorCode::unknown:
      return Verdict::maybe_stored;
    case ErrorCode::sequence_gap:
      return Verdict::gap;
    case ErrorCode::unknown_producer:
      return Verdict::forgotten;
    case ErrorCode::bad_packet:
    case ErrorCode::too_large:
    case ErrorCode::unknown_type:
    case ErrorCode::offset_dropped:
    case ErrorCode::refused:
    case ErrorCode::wrong_cluster:
    case ErrorCode::wrong_node:
    case ErrorCode::id_in_use:
    case ErrorCode::not_a_member:
    case ErrorCode::version:
    case ErrorCode::not_built:
      return Verdict::final;
  }
  return Verdict::final;
}

}  // namespace bellwether::client
