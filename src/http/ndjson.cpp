#include "http/ndjson.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

#include "base/little_endian.hpp"
#include "http/limits.hpp"

namespace bellwether::http {
namespace {

template <typename Visit>
void for_each_line(std::string_view body, Visit visit) {
  for (std::size_t at = 0; at < body.size();) {
    const auto end = std::min(body.find('\n', at), body.size());
    if (end > at) visit(body.substr(at, end - at));
    at = end + 1;
  }
}

}  // namespace

std::variant<Lines, Refusal> split_lines(std::string_view body) {
  Lines lines;
  std::size_t bytes = 0;
  for_each_line(body, [&](std::string_view line) {
    lines.count += 1;
    bytes += limits::message_prefix_bytes + line.size();
  });
  if (lines.count == 0) return refuse(400, ErrorCode::bad_packet, "there is no line in the body");
  if (bytes > limits::body_bytes_max + limits::message_prefix_bytes) {
    return refuse(413, ErrorCode::too_large, "these lines are over 8 MiB, each with 4 bytes for its length",
                  "split them into several requests");
  }
  std::shared_ptr<std::byte[]> buffer(new std::byte[bytes]);
  std::byte* at = buffer.get();
  for_each_line(body, [&](std::string_view line) {
    store_little_endian(at, static_cast<std::uint32_t>(line.size()));
    std::memcpy(at + limits::message_prefix_bytes, line.data(), line.size());
    at += limits::message_prefix_bytes + line.size();
  });
  const std::span<const std::byte> whole(buffer.get(), bytes);
  lines.messages = Bytes(std::move(buffer), whole);
  return lines;
}

}  // namespace bellwether::http
