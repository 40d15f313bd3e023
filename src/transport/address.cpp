#include "transport/address.hpp"

#include <charconv>
#include <utility>

namespace bellwether::transport {
namespace {

tl::unexpected<Error> not_an_address(std::string_view text) {
  std::string what(text.empty() ? "(nothing)" : text);
  what += " is not an address: write HOST:PORT, for example 127.0.0.1:8001";
  return failure(std::errc::invalid_argument, std::move(what));
}

}  // namespace

Result<HostAndPort> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return not_an_address(text);
  std::string_view host = text.substr(0, colon);
  const bool has_brackets = host.size() >= 2 && host.starts_with('[') && host.ends_with(']');
  if (has_brackets) host = host.substr(1, host.size() - 2);
  // IPv6 without brackets: which colon is the last one?
  const bool is_ambiguous = !has_brackets && host.find(':') != std::string_view::npos;
  if (host.empty() || is_ambiguous) return not_an_address(text);

  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0) return not_an_address(text);
  return HostAndPort{std::string(host), port};
}

std::string to_string(const HostAndPort& address) {
  const bool needs_brackets = address.host.find(':') != std::string::npos;
  std::string text = address.host;
  if (needs_brackets) text.insert(0, 1, '[').push_back(']');
  return text + ":" + std::to_string(address.port);
}

}  // namespace bellwether::transport
