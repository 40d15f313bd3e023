// storage/log_error.hpp: what only a log can answer, for who has to tell it from other errors.
// Threads: any.
#pragma once

#include <string>
#include <system_error>
#include <type_traits>

namespace bellwether::storage {

enum class LogError {
  dropped = 1,  // it was in the log and is not kept any more (consensus.md, K1)
  damaged,      // it is in the log, and its file cannot give it back any more (S6)
};

std::error_code make_error_code(LogError error);

}  // namespace bellwether::storage

template <>
struct std::is_error_code_enum<bellwether::storage::LogError> : std::true_type {};
