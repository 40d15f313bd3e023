#include "protocol/error_code.hpp"

#include <array>
#include <cstddef>

namespace bellwether {
namespace {

constexpr std::array<std::string_view, 22> names = {
    "bad-packet", "too-large",    "unknown-type",     "not-leader",   "no-leader",     "no-majority",
    "retry",      "unknown",      "unknown-producer", "sequence-gap", "disk-full",     "offset-dropped",
    "busy",       "refused",      "leaving",          "removed",      "wrong-cluster", "wrong-node",
    "id-in-use",  "not-a-member", "version",          "not-built"};
static_assert(names.size() == static_cast<std::size_t>(ErrorCode::not_built) + 1);

}  // namespace

std::string_view to_string(ErrorCode code) { return names[static_cast<std::size_t>(code)]; }

std::optional<ErrorCode> error_code_from(std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return static_cast<ErrorCode>(i);
  }
  return std::nullopt;
}

}  // namespace bellwether
