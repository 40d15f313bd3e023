// base/assert.hpp: assertions that are on in every build. For this project's own mistakes only: what a peer,
// a client or a file can cause is an error, never an assertion. A node that stops is survived; wrong data is
// not.
#pragma once

namespace bellwether {

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace bellwether

#define BELLWETHER_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::bellwether::assertion_failed(#condition, __FILE__, __LINE__))
