#include "client/line_cutter.hpp"

#include <utility>

#include "base/assert.hpp"

namespace bellwether::client {

void LineCutter::add(Bytes chunk) {
  BELLWETHER_ASSERT(at_ == chunk_.size());
  chunk_ = std::move(chunk);
  at_ = 0;
  front_end_ = 0;
}

void LineCutter::end() { ended_ = true; }

std::optional<std::string_view> LineCutter::front() {
  if (too_long_) return std::nullopt;
  if (front_is_cut_) return cut_;
  const std::string_view rest = chunk_.text().substr(at_);
  const auto newline = rest.find('\n');
  const bool is_whole = newline != std::string_view::npos;
  const std::string_view piece = rest.substr(0, newline);
  if (is_whole && cut_.empty()) {
    front_end_ = at_ + newline + 1;
    return checked(piece);
  }
  cut_.append(piece);
  at_ += is_whole ? newline + 1 : rest.size();
  front_end_ = at_;
  front_is_cut_ = is_whole || (ended_ && !cut_.empty());
  if (front_is_cut_ || cut_.size() > line_bytes_max_) return checked(cut_);
  return std::nullopt;
}

void LineCutter::pop() {
  at_ = front_end_;
  if (front_is_cut_) cut_.clear();
  front_is_cut_ = false;
}

std::optional<std::string_view> LineCutter::checked(std::string_view line) {
  too_long_ = line.size() > line_bytes_max_;
  if (too_long_) return std::nullopt;
  return line;
}

}  // namespace bellwether::client
