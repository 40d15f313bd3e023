#include "stream.hpp"

#include <utility>

#include "base/assert.hpp"
#include "client/group_builder.hpp"
#include "client/members.hpp"

namespace bellwether::bench {
namespace {

constexpr std::size_t groups_max = 1024;  // of a producer that the cluster remembers (consensus.md P1)
constexpr std::size_t open_loop_window_bytes = 64UL * 1024 * 1024;
constexpr std::chrono::seconds reach_within{10};

// A batch fills a group to the byte, so that each becomes one append, and none is split.
client::AppenderOptions appender_options(const LoadOptions& load, std::uint64_t seed) {
  client::AppenderOptions options;
  options.group_bytes_max = load.batch * (client::length_prefix_bytes + load.message_bytes);
  const bool is_closed_loop = load.rate == 0;
  options.groups_max = is_closed_loop ? load.window : groups_max;
  options.window_bytes_max = is_closed_loop ? load.window * options.group_bytes_max : open_loop_window_bytes;
  options.reach_within = reach_within;
  options.seed = seed;
  return options;
}

}  // namespace

Stream::Stream(asio::any_io_executor executor, const std::vector<std::string>& members,
               const LoadOptions& load, std::uint64_t seed, Events events)
    : batch_(load.batch),
      message_(load.message_bytes, 'x'),
      events_(std::move(events)),
      appender_(std::make_shared<client::Appender>(std::move(executor), client::Members(members),
                                                   appender_options(load, seed), appender_events())) {}

client::Appender::Events Stream::appender_events() {
  client::Appender::Events events;
  events.on_acknowledged = [this](const client::Acknowledgement& each) { on_acknowledged(each); };
  events.on_room = [this] { push(); };
  events.on_leader = [this](const std::string&) {
    if (leaders_++ == 0) events_.on_connected();
  };
  events.on_finished = [this] { events_.on_finished(); };
  events.on_failed = [this](const client::AppendFailure& failure) { events_.on_failed(failure); };
  return events;
}

void Stream::arrive(TimePoint when) {
  waiting_.push_back(when);
  push();
}

void Stream::finish() {
  finishing_ = true;
  push();
}

void Stream::on_acknowledged(const client::Acknowledgement& acknowledgement) {
  BELLWETHER_ASSERT(acknowledgement.count == batch_);
  const TimePoint arrived = under_way_.front();
  under_way_.pop_front();
  events_.on_batch(arrived);
}

void Stream::push() {
  while (!waiting_.empty() && append_batch()) {
    under_way_.push_back(waiting_.front());
    waiting_.pop_front();
  }
  if (finishing_ && waiting_.empty()) appender_->finish();
}

bool Stream::append_batch() {
  if (!appender_->append(message_)) return false;
  for (std::uint32_t i = 1; i < batch_; ++i) BELLWETHER_ASSERT(appender_->append(message_));
  return true;
}

}  // namespace bellwether::bench
