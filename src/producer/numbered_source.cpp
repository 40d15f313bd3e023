#include "producer/numbered_source.hpp"

namespace bellwether::producer {

std::string numbered_message(const std::string& prefix, std::uint64_t number, std::size_t bytes) {
  std::string text = prefix.empty() ? std::to_string(number) : prefix + " " + std::to_string(number);
  if (text.size() < bytes) text.resize(bytes, '.');
  return text;
}

NumberedSource::NumberedSource(asio::io_context& io, const Options& options, client::Appender& appender)
    : options_(options), appender_(appender), timer_(io) {}

void NumberedSource::start() { produce(); }

// Only as fast as possible it is the appender's room that sets the pace.
void NumberedSource::on_room() {
  if (options_.interval.count() == 0) produce();
}

void NumberedSource::stop() {
  if (stopped_) return;
  stopped_ = true;
  timer_.cancel();
  appender_.finish();
}

void NumberedSource::produce() {
  const bool one_at_a_time = options_.interval.count() > 0;
  while (!is_at_end() && append_next()) {
    if (one_at_a_time) break;
  }
  if (is_at_end()) return stop();
  if (one_at_a_time) wait();
}

bool NumberedSource::append_next() {
  const std::string message = numbered_message(options_.prefix, made_ + 1, options_.message_bytes);
  if (!appender_.append(message)) return false;
  made_ += 1;
  return true;
}

void NumberedSource::wait() {
  timer_.expires_after(options_.interval);
  timer_.async_wait([this](asio::error_code error) {
    if (!error && !stopped_) produce();
  });
}

}  // namespace bellwether::producer
