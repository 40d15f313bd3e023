// client/stdin_reader.hpp: reads a file descriptor on a thread of its own, since a file, a pipe and a
// terminal block in different ways, and hands the chunks to the io_context. It never runs more than a few
// chunks ahead of its user.
// Threads: made, used and destroyed on the thread of the io_context, where the events are called too.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <semaphore>
#include <system_error>
#include <thread>

#include "base/bytes.hpp"

namespace bellwether::client {

class StdinReader {
 public:
  struct Events {
    std::function<void(Bytes)> on_chunk;          // call used_up() when done with it
    std::function<void(std::error_code)> on_end;  // of the input, or an error of reading it; at most once
  };

  StdinReader(asio::io_context& io, int fd, Events events);
  ~StdinReader();  // does not wait for input; no event after it

  void used_up() { ahead_.release(); }

 private:
  void read_all();
  bool wait_for_input();
  void give(Bytes chunk);
  void give_end(std::error_code error);

  static constexpr std::ptrdiff_t chunks_ahead_max = 4;

  asio::io_context& io_;
  int fd_;
  int wake_[2];  // a pipe: the destructor closes the waiting poll by it
  std::shared_ptr<Events> events_;
  std::counting_semaphore<> ahead_{chunks_ahead_max};
  std::thread thread_;
};

}  // namespace bellwether::client
