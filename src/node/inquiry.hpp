// node/inquiry.hpp: asks several addresses at once which member answers there.
// Errors:  who does not answer in time, or is no member yet, is left out.
// Threads: the I/O thread.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "protocol/packets.hpp"

namespace bellwether::node {

class Inquiry : public std::enable_shared_from_this<Inquiry> {
 public:
  struct Finding {
    std::string address;
    StatusAnswer status;
  };
  using OnDone =
      std::function<void(const std::vector<Finding>& findings)>;  // once, never from within start()

  Inquiry(asio::io_context& io, std::vector<std::string> addresses, std::chrono::milliseconds within,
          OnDone on_done);

  void start();

 private:
  asio::awaitable<void> ask_at(std::string address);
  void end_one();

  asio::io_context& io_;
  std::vector<std::string> addresses_;
  std::chrono::milliseconds within_;
  OnDone on_done_;
  std::size_t under_way_ = 0;
  std::vector<Finding> findings_;
};

}  // namespace bellwether::node
