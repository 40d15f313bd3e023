#include "transport/coroutine.hpp"

#include <cstdio>

namespace bellwether::transport {

void report_exception(const std::exception_ptr& exception, const char* where) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bellwether: %s: %s; closing it\n", where, error.what());
  } catch (...) {
    std::fprintf(stderr, "bellwether: %s: unknown exception; closing it\n", where);
  }
}

asio::awaitable<void> Wakeup::wait() {
  is_waiting_ = true;
  co_await timer_.async_wait(as_result);
  is_waiting_ = false;
}

void Wakeup::notify() {
  if (is_waiting_) timer_.cancel();
}

Deadline::Deadline(const asio::any_io_executor& executor, std::chrono::milliseconds within,
                   std::function<void()> on_expiry)
    : timer_(executor, within), is_over_(std::make_shared<bool>(false)) {
  timer_.async_wait([is_over = is_over_, on_expiry = std::move(on_expiry)](std::error_code) {
    if (!*is_over) on_expiry();
  });
}

Deadline::Deadline(asio::ip::tcp::socket& socket, std::chrono::milliseconds within)
    : Deadline(socket.get_executor(), within, [&socket] {
        std::error_code ignored;
        socket.close(ignored);
      }) {}

Deadline::~Deadline() { *is_over_ = true; }

}  // namespace bellwether::transport
