// transport/coroutine.hpp: the few words that every coroutine here needs. Errors come as values, one
// coroutine wakes another without a lost wake-up, a deadline closes a socket, and no exception is swallowed.
// Threads: the I/O thread.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace bellwether::transport {

using Clock = std::chrono::steady_clock;

// `auto [error, size] = co_await socket.async_read_some(buffer, as_result);`
constexpr auto as_result = asio::experimental::as_tuple(asio::use_awaitable);

// Says on stderr what a coroutine died of. Only a mistake of our own or a lack of memory gets here.
void report_exception(const std::exception_ptr& exception, const char* where);

// Runs `self->member()`, keeps `self` alive until it has ended, and closes `self` if it throws.
template <typename Self, typename Member>
void spawn(const asio::any_io_executor& executor, std::shared_ptr<Self> self, Member member,
           const char* where) {
  auto run = [self, member] { return (self.get()->*member)(); };
  auto ended = [self, where](const std::exception_ptr& exception) {
    if (!exception) return;
    report_exception(exception, where);
    self->close();
  };
  asio::co_spawn(executor, std::move(run), std::move(ended));
}

// One coroutine sleeps, others wake it. What it waits for is state of its owner: look at it before and after,
// since a wake-up only says that something may have changed.
class Wakeup {
 public:
  explicit Wakeup(const asio::any_io_executor& executor) : timer_(executor, Clock::time_point::max()) {}

  asio::awaitable<void> wait();
  void notify();

 private:
  asio::steady_timer timer_;
  bool is_waiting_ = false;
};

// Calls `on_expiry` unless it is destroyed before `within` has passed.
class Deadline {
 public:
  Deadline(const asio::any_io_executor& executor, std::chrono::milliseconds within,
           std::function<void()> on_expiry);
  // Closes the socket; what it was doing then ends with an error.
  Deadline(asio::ip::tcp::socket& socket, std::chrono::milliseconds within);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  asio::steady_timer timer_;
  std::shared_ptr<bool> is_over_;  // the timer's own word comes too late once an expiry is queued
};

}  // namespace bellwether::transport
