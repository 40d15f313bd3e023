// client/verdict.hpp: what each error code of an answer means for the client that gets it (consensus.md P3,
// P5, P8, L12).
// Threads: pure.
#pragma once

#include "protocol/error_code.hpp"

namespace bellwether::client {

enum class Verdict {
  elsewhere,     // not stored; another member leads or is about to: look for it at once
  later,         // not stored; the same again after a wait
  maybe_stored,  // repeat it under the same producer and sequence only
  gap,           // groups before this one are missing there: resend from the oldest
  forgotten,     // this producer is not known (any more)
  final,         // repeating it cannot help
};

Verdict verdict_on(ErrorCode code);

}  // namespace bellwether::client
