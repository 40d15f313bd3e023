#include "producer/producer.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <random>
#include <utility>

#include "client/line_source.hpp"
#include "producer/numbered_source.hpp"

namespace bellwether::producer {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds grace_after_signal{3};  // longer than an election takes
constexpr std::chrono::milliseconds progress_period{200};

std::string range_in_words(const char* noun, std::uint64_t first, std::uint64_t count) {
  if (count == 1) return std::string(noun) + " " + std::to_string(first + 1);
  return std::string(noun) + "s " + std::to_string(first + 1) + " to " + std::to_string(first + count);
}

}  // namespace

Producer::Producer(Options options)
    : options_(std::move(options)),
      work_(asio::make_work_guard(io_)),
      signals_(io_, SIGINT, SIGTERM),
      grace_(io_),
      progress_(io_),
      console_(options_.quiet),
      statistics_(steady_clock::now()),
      appender_(make_appender()),
      source_(make_source()) {}

ExitStatus Producer::run() {
  wait_for_signal();
  if (console_.shows_progress()) show_progress();
  appender_->start();
  source_->start();
  io_.run();
  return status_;
}

std::shared_ptr<client::Appender> Producer::make_appender() {
  client::AppenderOptions options;
  options.at_least_once = options_.at_least_once;
  options.reach_within = options_.reach_within;
  options.seed = std::random_device{}();
  return std::make_shared<client::Appender>(io_.get_executor(), client::Members(options_.members), options,
                                            events());
}

std::unique_ptr<client::Source> Producer::make_source() {
  if (options_.from_stdin)
    return std::make_unique<client::LineSource>(io_, STDIN_FILENO, options_.count, *appender_);
  return std::make_unique<NumberedSource>(io_, options_, *appender_);
}

client::Appender::Events Producer::events() {
  client::Appender::Events events;
  events.on_acknowledged = [this](const client::Acknowledgement& each) { on_acknowledged(each); };
  events.on_room = [this] { source_->on_room(); };
  events.on_leader = [this](const std::string& address) {
    statistics_.on_leader();
    console_.say("the leader is " + address);
  };
  events.on_waiting = [this](const std::string& reason) { console_.say("waiting: " + reason); };
  events.on_finished = [this] { end(ExitStatus::all_acknowledged); };
  events.on_failed = [this](const client::AppendFailure& failure) { on_failed(failure); };
  return events;
}

void Producer::on_acknowledged(const client::Acknowledgement& acknowledgement) {
  statistics_.on_acknowledged(acknowledgement, steady_clock::now());
  const bool one_by_one = !options_.from_stdin && options_.interval.count() > 0;
  if (!one_by_one) return;
  std::string line = range_in_words("message", acknowledgement.first_message, acknowledgement.count);
  line += acknowledgement.count == 1 ? " is stored" : " are stored";
  if (acknowledgement.offset) line += " at offset " + std::to_string(*acknowledgement.offset);
  console_.say(line + " (" + in_words(acknowledgement.latency) + ")");
}

void Producer::on_failed(const client::AppendFailure& failure) {
  using Kind = client::AppendFailure::Kind;
  if (failure.kind == Kind::unreachable) {
    console_.error(failure.what);
    console_.error("gave up after " + in_words(options_.reach_within) +
                   " (--reach-timeout); --clusterip HOST:PORT names another member");
    return end(ExitStatus::nobody_reached);
  }
  console_.error(failure.what);
  if (failure.kind == Kind::fate_unknown) {
    console_.error(
        range_in_words(noun(), failure.first_message, failure.count) +
        " may or may not be stored; what comes after is not. --at-least-once would send them again, and may "
        "so store them twice");
  }
  end(ExitStatus::not_all_acknowledged);
}

// The first signal asks to come to an end, the second one to do it at once.
void Producer::wait_for_signal() {
  signals_.async_wait([this](asio::error_code error, int) {
    if (!error) on_signal();
  });
}

void Producer::on_signal() {
  if (stopping_) return end(ExitStatus::not_all_acknowledged);
  stopping_ = true;
  wait_for_signal();
  grace_.expires_after(grace_after_signal);
  grace_.async_wait([this](asio::error_code error) {
    if (!error) end(ExitStatus::not_all_acknowledged);
  });
  source_->stop();
}

void Producer::show_progress() {
  console_.progress(statistics_.progress_line(appender_->appended(), steady_clock::now()));
  progress_.expires_after(progress_period);
  progress_.async_wait([this](asio::error_code error) {
    if (!error) show_progress();
  });
}

void Producer::end(ExitStatus status) {
  if (io_.stopped()) return;
  status_ = status;
  if (!source_->problem().empty()) {
    console_.error(source_->problem());
    if (status == ExitStatus::all_acknowledged) status_ = ExitStatus::not_all_acknowledged;
  }
  const std::uint64_t unacknowledged = appender_->unacknowledged();
  if (status_ != ExitStatus::nobody_reached && unacknowledged > 0) {
    const std::uint64_t first = appender_->appended() - unacknowledged;
    console_.error(range_in_words(noun(), first, unacknowledged) + " got no acknowledgement");
  }
  summarise();
  appender_->stop();
  io_.stop();
}

void Producer::summarise() {
  const auto now = steady_clock::now();
  const std::uint64_t sent = appender_->appended();
  if (console_.shows_progress()) console_.progress(statistics_.progress_line(sent, now));
  std::string text = statistics_.summary(sent, now);
  text.pop_back();
  console_.say(text);
  if (options_.json) std::fputs(statistics_.summary_json(sent, now).c_str(), stdout);
}

}  // namespace bellwether::producer
