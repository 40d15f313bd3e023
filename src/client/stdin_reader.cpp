#include "client/stdin_reader.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <asio/post.hpp>
#include <cerrno>
#include <memory>
#include <utility>

#include "base/assert.hpp"

namespace bellwether::client {
namespace {

constexpr std::size_t chunk_bytes = 256 * 1024;  // as much as goes into one group

}  // namespace

StdinReader::StdinReader(asio::io_context& io, int fd, Events events)
    : io_(io), fd_(fd), events_(std::make_shared<Events>(std::move(events))) {
  const int failed = ::pipe(wake_);
  BELLWETHER_ASSERT(failed == 0);
  thread_ = std::thread([this] { read_all(); });
}

StdinReader::~StdinReader() {
  ::close(wake_[1]);
  ahead_.release();  // in case it waits for its user
  thread_.join();
  ::close(wake_[0]);
}

void StdinReader::read_all() {
  for (;;) {
    ahead_.acquire();
    if (!wait_for_input()) return;
    std::shared_ptr<std::byte[]> buffer(new std::byte[chunk_bytes]);
    const ssize_t bytes = ::read(fd_, buffer.get(), chunk_bytes);
    if (bytes < 0 && (errno == EINTR || errno == EAGAIN)) {
      ahead_.release();
      continue;
    }
    if (bytes <= 0)
      return give_end(bytes < 0 ? std::error_code(errno, std::system_category()) : std::error_code());
    const std::span<const std::byte> view(buffer.get(), static_cast<std::size_t>(bytes));
    give(Bytes(std::move(buffer), view));
  }
}

bool StdinReader::wait_for_input() {
  std::array<pollfd, 2> both{{{fd_, POLLIN, 0}, {wake_[0], POLLIN, 0}}};
  while (::poll(both.data(), both.size(), -1) < 0 && errno == EINTR) {
  }
  return both[1].revents == 0;
}

// What was handed to the loop may still wait there when the reader is gone.
void StdinReader::give(Bytes chunk) {
  asio::post(io_, [events = std::weak_ptr(events_), chunk = std::move(chunk)]() mutable {
    if (const auto alive = events.lock()) alive->on_chunk(std::move(chunk));
  });
}

void StdinReader::give_end(std::error_code error) {
  asio::post(io_, [events = std::weak_ptr(events_), error] {
    if (const auto alive = events.lock()) alive->on_end(error);
  });
}

}  // namespace bellwether::client
