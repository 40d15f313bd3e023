// node/ask.hpp: one request to one node and its answer, on a connection of its own.
// Errors:  not reached, no answer in time, or something that is no packet; `what` begins with the address.
// Threads: the I/O thread.
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <string>

#include "base/result.hpp"
#include "protocol/packets.hpp"

namespace bellwether::node {

asio::awaitable<Result<Packet>> ask(std::string address, Packet request, std::chrono::milliseconds within);

}  // namespace bellwether::node
