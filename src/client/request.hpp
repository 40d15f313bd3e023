// client/request.hpp: one request and its answer, for administration and questions.
// Threads: the one that runs the io_context.
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <string>

#include "base/result.hpp"
#include "client/leader_finder.hpp"
#include "protocol/packets.hpp"

namespace bellwether::client {

// Asks the leader, and asks again while the cluster says that it may help. For requests that may be done
// twice. The answer is never an ErrorAnswer.
// Errors: a final refusal in the cluster's words, or patience is over.
asio::awaitable<Result<Packet>> ask_leader(LeaderFinder& finder, Packet request, Patience patience);

// Asks exactly this member, once.
// Errors: it cannot be reached, does not answer in time, or refuses.
asio::awaitable<Result<Packet>> ask_member(std::string address, Packet request,
                                           std::chrono::milliseconds within);

}  // namespace bellwether::client
