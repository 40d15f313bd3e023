#include "http/calls.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bellwether::http {
namespace {

constexpr std::array all = {
    Route{"/healthz", Method::get, Call::health},       Route{"/readyz", Method::get, Call::readiness},
    Route{"/metrics", Method::get, Call::metrics},      Route{"/v1/status", Method::get, Call::status},
    Route{"/v1/members", Method::get, Call::members},   Route{"/v1/leader", Method::get, Call::leader},
    Route{"/v1/messages", Method::get, Call::messages}, Route{"/v1/messages", Method::post, Call::append},
    Route{"/api/v1/log", Method::post, Call::log_line}, Route{"/v1/openapi.json", Method::get, Call::openapi},
};

std::string allowed_at(std::string_view path) {
  std::string methods = "OPTIONS";
  for (const Route& route : all) {
    if (route.path == path || path == "*") {
      const std::string_view name = route.method == Method::get ? "GET, HEAD" : "POST";
      if (methods.find(name) == std::string::npos) methods.insert(0, std::string(name) + ", ");
    }
  }
  return methods;
}

// A client that goes through a proxy sends the whole address.
std::string_view without_origin(std::string_view target) {
  constexpr std::string_view scheme = "http://";
  if (!target.starts_with(scheme)) return target;
  const auto slash = target.find('/', scheme.size());
  return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
}

}  // namespace

std::span<const Route> routes() { return all; }

std::variant<Resolved, Refusal> resolve(const Request& request) {
  const auto target = without_origin(request.target);
  const auto question = target.find('?');
  const auto path = target.substr(0, question);
  const auto query = question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  const bool exists =
      path == "*" ? request.method == Method::options : std::ranges::count(all, path, &Route::path) > 0;
  if (!exists) {
    return refuse(404, ErrorCode::unknown_type, "there is nothing at " + std::string(path),
                  "GET /v1/openapi.json says what there is");
  }
  if (request.method == Method::options) return Resolved{Call::options, query, allowed_at(path)};
  const auto method = request.method == Method::head ? Method::get : request.method;
  for (const Route& route : all) {
    if (route.path == path && route.method == method) return Resolved{route.call, query, {}};
  }
  auto refusal = refuse(405, ErrorCode::unknown_type, "this method is not for " + std::string(path));
  refusal.allowed = allowed_at(path);
  refusal.why.hint = "use one of " + refusal.allowed;
  return refusal;
}

std::optional<std::string_view> query_value(std::string_view query, std::string_view name) {
  for (std::size_t at = 0; at < query.size();) {
    const auto end = query.find('&', at);
    const auto part = query.substr(at, end == std::string_view::npos ? end : end - at);
    at = end == std::string_view::npos ? query.size() : end + 1;
    const auto equals = part.find('=');
    if (part.substr(0, equals) != name) continue;
    return equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
  }
  return std::nullopt;
}

}  // namespace bellwether::http
