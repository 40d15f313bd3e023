// http/questions.hpp: the calls that the node answers at once.
// Threads: the I/O thread.
#pragma once

#include "http/calls.hpp"
#include "http/response.hpp"
#include "node/service.hpp"

namespace bellwether::http {

Response answer(const Resolved& resolved, node::Service& service);

}  // namespace bellwether::http
