#include "http/message_query.hpp"

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "http/calls.hpp"

namespace bellwether::http {
namespace {

Refusal wrong(std::string_view name, std::string_view needed) {
  return refuse(400, ErrorCode::bad_packet, std::string(name) + " has to be " + std::string(needed));
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && at == end ? std::optional(value) : std::nullopt;
}

std::optional<bool> flag_of(std::string_view text) {
  if (text.empty() || text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return std::nullopt;
}

}  // namespace

std::variant<MessageQuery, Refusal> read_message_query(const Request& request, std::string_view query) {
  MessageQuery asked;
  asked.as_events = request.header("accept").find("text/event-stream") != std::string_view::npos;
  asked.tail.follow = asked.as_events;
  if (const auto text = query_value(query, "from")) {
    const auto from = number_of(*text);
    if (!from) return wrong("from", "an offset");
    asked.tail.from = *from;
  }
  if (const auto text = query_value(query, "limit")) {
    asked.tail.limit = number_of(*text);
    if (!asked.tail.limit) return wrong("limit", "a number of messages");
  }
  if (const auto text = query_value(query, "follow")) {
    const auto follow = flag_of(*text);
    if (!follow) return wrong("follow", "true or false");
    asked.tail.follow = *follow;
  }
  const auto last_seen = request.header("last-event-id");
  if (asked.as_events && !last_seen.empty()) {
    const auto last = number_of(last_seen);
    if (!last || *last == std::numeric_limits<std::uint64_t>::max())
      return wrong("Last-Event-ID", "an offset");
    asked.tail.from = *last + 1;
  }
  return asked;
}

}  // namespace bellwether::http
