#include "client/window.hpp"

#include <utility>

#include "base/assert.hpp"

namespace bellwether::client {

void Window::add(PendingGroup group) {
  group.sequence = next_sequence_++;
  bytes_ += group.messages.size();
  messages_ += group.count;
  groups_.push_back(std::move(group));
}

const PendingGroup* Window::send_next() {
  if (sent_ == groups_.size()) return nullptr;
  return &groups_[sent_++];
}

PendingGroup Window::acknowledge() {
  BELLWETHER_ASSERT(sent_ > 0);
  PendingGroup acknowledged = std::move(groups_.front());
  groups_.pop_front();
  sent_ -= 1;
  bytes_ -= acknowledged.messages.size();
  messages_ -= acknowledged.count;
  return acknowledged;
}

void Window::connection_lost() {
  for (std::size_t i = 0; i < sent_; ++i) groups_[i].fate_unknown = true;
  sent_ = 0;
}

void Window::send_again() { sent_ = 0; }

void Window::start_numbering() {
  next_sequence_ = 1;
  for (PendingGroup& group : groups_) {
    group.sequence = next_sequence_++;
    group.fate_unknown = false;
  }
  sent_ = 0;
}

std::uint64_t Window::messages_of_unknown_fate() const {
  std::uint64_t total = 0;
  for (const PendingGroup& group : groups_) total += group.fate_unknown ? group.count : 0;
  return total;
}

}  // namespace bellwether::client
