// bellwetherctl/complete.hpp: runs one coroutine to its end and returns what it gives.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <exception>
#include <optional>
#include <utility>

namespace bellwether::ctl {

template <typename Value>
Value complete(asio::io_context& io, asio::awaitable<Value> work) {
  std::optional<Value> value;
  asio::co_spawn(io, std::move(work), [&](std::exception_ptr error, Value given) {
    if (error) std::rethrow_exception(error);
    value.emplace(std::move(given));
    io.stop();
  });
  io.run();
  return std::move(*value);
}

}  // namespace bellwether::ctl
