#include "transport/first_byte.hpp"

namespace bellwether::transport {
namespace {

constexpr char tls_handshake = 0x16;

Speech speech_of(char first) {
  if (first == '{') return Speech::packets;
  if (first >= 'A' && first <= 'Z') return Speech::http;
  if (first == '<' || (first >= '0' && first <= '9')) return Speech::syslog;
  if (first == tls_handshake) return Speech::tls;
  return Speech::unknown;
}

}  // namespace

FirstByte recognise(std::string_view start) {
  const std::size_t at = start.find_first_not_of(" \t\r\n");
  if (at == std::string_view::npos) return {start.size(), std::nullopt};
  return {at, speech_of(start[at])};
}

}  // namespace bellwether::transport
