// node/joiner.hpp: a node without an identity asks to become a member: through any --clusterip, all of
// them at once, following to the leader, until the cluster has decided it (consensus.md G4). Every attempt
// carries the same token, so they make one member.
// Errors:  nobody reached in time; or a member refused for good.
// Threads: the I/O thread.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "protocol/packets.hpp"

namespace bellwether::node {

class Joiner : public std::enable_shared_from_this<Joiner> {
 public:
  struct Unreached {
    std::string tried;  // each address with what happened there
  };
  struct Refused {
    std::string why;
  };
  using Outcome = std::variant<Joined, Unreached, Refused>;
  using OnDone = std::function<void(Outcome)>;  // once

  struct Search {
    std::vector<std::string> seeds;
    std::chrono::milliseconds timeout{3000};  // for somebody to answer; once a member has, it waits on
    bool starts_cluster_otherwise = false;
  };

  Joiner(asio::io_context& io, Join request, Search search, OnDone on_done);
  void start();

 private:
  struct Step {
    std::string target;
    std::chrono::milliseconds after{0};
  };

  asio::awaitable<void> try_through(std::string seed);
  Step on_answer(const std::string& seed, const std::string& target, const Result<Packet>& answer);
  Step on_error(const std::string& seed, const std::string& target, const ErrorAnswer& error);
  Step wait_for(const std::string& seed, const ErrorAnswer& error);
  Step not_reached(const std::string& seed, const std::string& why);
  void wait_for_answers(std::chrono::milliseconds within);
  void give_up();
  void finish(Outcome outcome);

  asio::io_context& io_;
  Join request_;
  std::vector<std::string> seeds_;
  std::chrono::milliseconds timeout_;
  bool impatient_;
  OnDone on_done_;
  asio::steady_timer timer_;
  std::map<std::string, std::string> failures_;  // by seed
  std::string waiting_for_;                      // the last reason that was said
  int retries_ = 0;
  bool reached_ = false;
  bool is_to_make_way_ = false;  // for a node that may start a cluster too: one more timeout, and no more
  bool has_made_way_ = false;
  bool done_ = false;
};

}  // namespace bellwether::node
