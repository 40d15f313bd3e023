#include "client/line_source.hpp"

#include <utility>

namespace bellwether::client {

LineSource::LineSource(asio::io_context& io, int fd, std::optional<std::uint64_t> lines_max,
                       Appender& appender)
    : io_(io), fd_(fd), lines_max_(lines_max), appender_(appender), cutter_(message_bytes_max) {}

void LineSource::start() {
  StdinReader::Events events;
  events.on_chunk = [this](Bytes chunk) { on_chunk(std::move(chunk)); };
  events.on_end = [this](std::error_code error) { on_end(error); };
  reader_.emplace(io_, fd_, std::move(events));
}

void LineSource::stop() {
  if (stopped_) return;
  stopped_ = true;
  appender_.finish();
}

void LineSource::on_chunk(Bytes chunk) {
  chunks_.push_back(std::move(chunk));
  if (chunks_.size() > 1) return;  // the cutter is busy with the one before
  cutter_.add(chunks_.front());
  feed();
}

void LineSource::on_end(std::error_code error) {
  if (error) problem_ = "the standard input cannot be read: " + error.message();
  input_ended_ = true;  // chunks may still wait for the cutter
  feed();
}

void LineSource::feed() {
  while (!stopped_ && append_lines()) {
    if (!go_on()) break;
  }
  if (cutter_.is_too_long() && !stopped_) {
    problem_ = "line " + std::to_string(appender_.appended() + 1) + " is longer than " +
               std::to_string(message_bytes_max) + " bytes, the most that a message can have";
    stop();
  }
  const bool is_enough = lines_max_ && appender_.appended() == *lines_max_;
  if (is_enough || cutter_.is_at_end()) stop();
}

// False: the appender has no room for the next line, or no more are wanted.
bool LineSource::append_lines() {
  while (const auto line = cutter_.front()) {
    if (lines_max_ && appender_.appended() == *lines_max_) return false;
    if (!appender_.append(*line)) return false;
    cutter_.pop();
  }
  return !cutter_.is_too_long();
}

// To the next chunk, or, after the last one, to the line that has no newline.
bool LineSource::go_on() {
  if (!chunks_.empty()) {
    chunks_.pop_front();
    reader_->used_up();
  }
  if (!chunks_.empty()) {
    cutter_.add(chunks_.front());
    return true;
  }
  if (!input_ended_ || cutter_.has_ended()) return false;
  cutter_.end();
  return true;
}

}  // namespace bellwether::client
