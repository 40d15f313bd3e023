// http/calls.hpp: which call a request is, by its method and path.
// Errors:  a path that is none, 404; a method that the path does not take, 405 with those that it does.
// Threads: no state.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "http/request.hpp"

namespace bellwether::http {

enum class Call {
  health,
  readiness,
  metrics,
  status,
  members,
  leader,
  append,
  log_line,
  messages,
  openapi,
  options
};

struct Route {
  std::string_view path;
  Method method = Method::get;
  Call call = Call::health;
};
std::span<const Route> routes();  // all that there are; HEAD and OPTIONS go beside them

struct Resolved {
  Call call = Call::health;
  std::string_view query;  // of the request's target: what stands behind the ?
  std::string allowed;     // options: the methods that the path takes
};

std::variant<Resolved, Refusal> resolve(const Request& request);

// What `query` says behind `name=`; empty where there is no =. None: the name is not there.
std::optional<std::string_view> query_value(std::string_view query, std::string_view name);

}  // namespace bellwether::http
