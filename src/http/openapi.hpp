// http/openapi.hpp: what GET /v1/openapi.json answers: every call that this node takes, for programs. A test holds it and
// the calls together.
// Source:  OpenAPI Specification 3.0.3.
#pragma once

#include <string_view>

namespace bellwether::http {

std::string_view openapi();

}  // namespace bellwether::http
