#include "http/message_text.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/little_endian.hpp"
#include "http/limits.hpp"
#include "protocol/plain_json.hpp"

namespace bellwether::http {
namespace {

// Each piece holds whole messages, each behind its length.
template <typename Visit>
void for_each_message(const Messages& messages, Visit visit) {
  std::size_t number = 0;
  for (const Bytes& piece : messages.body) {
    for (std::size_t at = 0; at < piece.size();) {
      const auto size = load_little_endian<std::uint32_t>(piece.data() + at);
      at += limits::message_prefix_bytes;
      visit(messages.offset + number, messages.times_ms[number], piece.text().substr(at, size));
      at += size;
      ++number;
    }
  }
}

}  // namespace

std::string lines_of(const Messages& messages) {
  std::string text;
  for_each_message(messages, [&](Offset offset, std::uint64_t time_ms, std::string_view message) {
    text += json_of_message(offset, time_ms, message);
  });
  return text;
}

std::string events_of(const Messages& messages) {
  if (messages.count == 0) return ":\n\n";
  std::string text;
  for_each_message(messages, [&](Offset offset, std::uint64_t time_ms, std::string_view message) {
    text += "id: " + std::to_string(offset) + "\ndata: " + json_of_message(offset, time_ms, message) + "\n";
  });
  return text;
}

std::string event_of(const char* name, const Packet& packet) {
  return "event: " + std::string(name) + "\ndata: " + json_of(packet) + "\n";
}

}  // namespace bellwether::http
