#include "protocol/plain_json.hpp"

#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

#include "protocol/codec.hpp"

namespace bellwether {
namespace {

std::string rfc3339(std::uint64_t time_ms) {
  const auto seconds = static_cast<std::time_t>(time_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string thousandths = std::to_string(1000 + time_ms % 1000).substr(1);
  return std::string(date.data()) + "." + thousandths + "Z";
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t triple = 0;
    for (std::size_t i = at; i < at + 3; ++i) {
      triple = triple << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u);
    }
    for (unsigned shift = 24; shift > 0; shift -= 6) text += digits[triple >> (shift - 6) & 63];
  }
  const std::size_t padding = (3 - bytes.size() % 3) % 3;
  return text.replace(text.size() - padding, padding, padding, '=');
}

}  // namespace

std::string json_of(const Packet& answer) {
  auto packet = nlohmann::ordered_json::parse(encode(answer).header);
  if (packet.contains("status")) packet = nlohmann::ordered_json(packet["status"]);
  packet.erase("type");
  return packet.dump() + "\n";
}

std::string json_of_message(Offset offset, std::uint64_t time_ms, std::string_view message) {
  const std::string head =
      "{\"offset\":" + std::to_string(offset) + ",\"time\":\"" + rfc3339(time_ms) + "\",";
  try {
    return head + "\"message\":" + nlohmann::json(message).dump() + "}\n";
  } catch (const nlohmann::json::type_error&) {  // not UTF-8
    return head + "\"base64\":\"" + base64(message) + "\"}\n";
  }
}

}  // namespace bellwether
