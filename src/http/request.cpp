#include "http/request.hpp"

#include <algorithm>
#include <utility>

#include "http/limits.hpp"

namespace bellwether::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string_view Request::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &Header::name);
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

std::string_view Request::body() const {
  return message.empty() ? std::string_view() : message.text().substr(limits::message_prefix_bytes);
}

Refusal refuse(int status, ErrorCode code, std::string message, std::string hint) {
  Refusal refusal;
  refusal.status = status;
  refusal.why.code = code;
  refusal.why.message = std::move(message);
  refusal.why.hint = std::move(hint);
  return refusal;
}

bool is_same_word(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, lower, lower);
}

}  // namespace bellwether::http
