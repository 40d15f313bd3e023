#include "http/questions.hpp"

#include <string>

#include "http/openapi.hpp"

namespace bellwether::http {
namespace {

constexpr const char* plain_text = "text/plain; charset=utf-8";

// One word, as a probe shows it; or each check in a line.
Response readiness(std::string_view query, node::Service& service) {
  const auto checks = service.readiness();
  std::string reason;
  std::string listed;
  for (const auto& check : checks) {
    if (!check.passed && reason.empty()) reason = check.reason;
    listed += (check.passed ? "[+]" : "[-]") + check.name + (check.passed ? " ok" : ": " + check.what) + "\n";
  }
  const bool is_ready = reason.empty();
  const std::string verdict = (is_ready ? std::string("ready") : reason) + "\n";
  const bool is_verbose = query_value(query, "verbose").has_value();
  return {is_ready ? 200 : 503, plain_text, is_verbose ? listed + verdict : verdict, {}};
}

}  // namespace

Response answer(const Resolved& resolved, node::Service& service) {
  switch (resolved.call) {
    case Call::health:
      return {200, plain_text, "ok\n", {}};
    case Call::readiness:
      return readiness(resolved.query, service);
    case Call::metrics:
      return {200, "text/plain; version=0.0.4; charset=utf-8", service.metrics(), {}};
    case Call::status:
      return response_of(service.status());
    case Call::members:
      return response_of(service.members());
    case Call::leader:
      return response_of(service.leader());
    case Call::openapi:
      return {200, "application/json", std::string(openapi()), {}};
    case Call::append:
    case Call::log_line:
    case Call::messages:
      break;  // which take their time
    case Call::options:
      return {204, {}, {}, resolved.allowed};
  }
  return {};
}

}  // namespace bellwether::http
