#include "client/outbox.hpp"

#include <utility>

namespace bellwether::client {

bool Outbox::append(std::string_view message, std::chrono::steady_clock::time_point now) {
  const bool fits = waiting_.bytes() + length_prefix_bytes + message.size() <= limits_.group_bytes_max;
  if (!waiting_.empty() && !fits) {
    if (!has_room_for_waiting()) return false;
    seal();
  }
  if (waiting_.empty()) waiting_since_ = now;
  waiting_.add(message);
  appended_ += 1;
  return true;
}

void Outbox::seal() {
  if (waiting_.empty() || !has_room_for_waiting()) return;
  PendingGroup group;
  group.count = waiting_.count();
  group.first_message = appended_ - group.count;
  group.since = waiting_since_;
  group.messages = waiting_.take();
  window_.add(std::move(group));
}

bool Outbox::has_room_for_waiting() const {
  if (window_.empty()) return true;  // a message of the largest size goes alone
  return window_.size() < limits_.groups_max &&
         window_.bytes() + waiting_.bytes() <= limits_.window_bytes_max;
}

}  // namespace bellwether::client
