#include "node/printer.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <limits>
#include <utility>

#include "node/message_slices.hpp"
#include "node/printable.hpp"

namespace bellwether::node {
namespace {

constexpr int poll_ms = 50;             // how soon a stop is noticed while nobody reads
constexpr int stop_patience_polls = 5;  // of poll_ms each, for a reader that is there but slow

}  // namespace

Printer::Printer(int file, OnSkipped on_skipped, std::size_t queue_bytes_max)
    : file_(file),
      on_skipped_(std::move(on_skipped)),
      queue_bytes_max_(queue_bytes_max),
      thread_([this] { run(); }) {}

Printer::~Printer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Printer::print(Offset first, EntryPtr entry) {
  const auto count = entry->message_count();
  if (count == 0) return;
  {
    const std::lock_guard lock(mutex_);
    if (queue_bytes_ > 0 && queue_bytes_ + entry->encoded_bytes > queue_bytes_max_) {
      skipped_ += count;
      return;
    }
    queue_bytes_ += entry->encoded_bytes;
    queue_.push_back({first, std::move(entry)});
  }
  changed_.notify_one();
}

void Printer::run() {
  Item item;
  while (wait_for_item(item)) {
    print_item(item);
    std::uint64_t skipped = 0;
    {
      const std::lock_guard lock(mutex_);
      queue_bytes_ -= item.entry->encoded_bytes;
      skipped = std::exchange(skipped_, 0);
    }
    if (skipped > 0 && on_skipped_) on_skipped_(skipped);
  }
}

bool Printer::wait_for_item(Item& item) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  if (queue_.empty()) return false;
  item = std::move(queue_.front());
  queue_.pop_front();
  return true;
}

void Printer::print_item(const Item& item) {
  if (closed_) return;
  const auto slice = slice_messages(*item.entry, 0, std::numeric_limits<std::uint32_t>::max(), SIZE_MAX);
  std::string text;
  Offset offset = item.first;
  for_each_message(slice.body, [&](std::string_view message) {
    text += std::to_string(offset++);
    text += ' ';
    append_printable(text, message);
    text += '\n';
  });
  if (!write_all(text)) closed_ = true;
}

bool Printer::write_all(std::string_view text) {
  while (!text.empty()) {
    if (!wait_writable()) return false;
    // A pipe that is writable takes PIPE_BUF bytes without blocking, so this thread always gets back to look
    // for a stop.
    const auto written = ::write(file_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (written < 0 && errno != EINTR && errno != EAGAIN) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool Printer::wait_writable() {
  for (int polls_stopping = 0; polls_stopping < stop_patience_polls;) {
    pollfd waiting{file_, POLLOUT, 0};
    const int ready = ::poll(&waiting, 1, poll_ms);
    if (ready > 0) return (waiting.revents & (POLLERR | POLLNVAL)) == 0;
    if (ready < 0 && errno != EINTR) return false;
    const std::lock_guard lock(mutex_);
    if (stopping_) ++polls_stopping;
  }
  return false;
}

}  // namespace bellwether::node
