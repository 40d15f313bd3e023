// base/result.hpp: a value, or an error that the caller must look at.
// Errors: `what` names the thing and the next step, ready to be shown to a person.
#pragma once

#include <string>
#include <system_error>
#include <tl/expected.hpp>
#include <utility>

namespace bellwether {

struct Error {
  std::error_code code;
  std::string what;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failure(std::error_code code, std::string what) {
  return tl::unexpected<Error>(Error{code, std::move(what)});
}
inline tl::unexpected<Error> failure(std::errc code, std::string what) {
  return failure(std::make_error_code(code), std::move(what));
}

}  // namespace bellwether
