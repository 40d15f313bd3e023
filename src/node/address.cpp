#include "node/address.hpp"

#include <algorithm>
#include <string>

namespace bellwether::node {
namespace {

bool names_no_port(std::string_view text) {
  if (text.starts_with('[')) return text.ends_with(']');
  return std::ranges::count(text, ':') != 1;  // none, or a bare IPv6 address
}

}  // namespace

Result<Address> parse_address(std::string_view text, std::optional<std::uint16_t> default_port) {
  if (!default_port || text.empty() || !names_no_port(text)) return transport::parse_address(text);
  std::string host(text);
  if (host.find(':') != host.npos && host.front() != '[') host = "[" + host + "]";
  return transport::parse_address(host + ":" + std::to_string(*default_port));
}

bool is_wildcard(std::string_view host) {
  return host == "0.0.0.0" || host == "::" || host == "[::]" || host == "*";
}

bool is_loopback(std::string_view host) {
  return host.starts_with("127.") || host == "::1" || host == "[::1]" || host == "localhost";
}

}  // namespace bellwether::node
