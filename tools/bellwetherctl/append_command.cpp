#include <unistd.h>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "client/appender.hpp"
#include "client/line_source.hpp"
#include "commands.hpp"
#include "output.hpp"

namespace bellwether::ctl {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_period{50};

class Append {
 public:
  explicit Append(const Options& options)
      : options_(options), work_(asio::make_work_guard(io_)), patience_(io_) {}

  int run() {
    client::AppenderOptions appender_options;
    appender_options.reach_within = options_.timeout;
    appender_options.seed = std::random_device{}();
    appender_ = std::make_shared<client::Appender>(io_.get_executor(), client::Members(options_.members),
                                                   appender_options, events());
    appender_->start();
    feed();
    watch();
    io_.run();
    return status_;
  }

 private:
  client::Appender::Events events() {
    client::Appender::Events events;
    events.on_acknowledged = [this](const client::Acknowledgement& each) { on_acknowledged(each); };
    events.on_room = [this] { lines_->on_room(); };
    events.on_waiting = [this](const std::string& reason) { waiting_for_ = reason; };
    events.on_finished = [this] { on_finished(); };
    events.on_failed = [this](const client::AppendFailure& failure) { end(not_done(failure.what)); };
    return events;
  }

  void feed() {
    if (options_.message) {
      appender_->append(*options_.message);
      appender_->finish();
    } else {
      lines_.emplace(io_, STDIN_FILENO, std::nullopt, *appender_);
      lines_->start();
    }
  }

  void on_acknowledged(const client::Acknowledgement& each) {
    last_progress_ = steady_clock::now();
    if (stored_ == 0) first_offset_ = each.offset;
    stored_ += each.count;
    if (!options_.json) return;
    const std::string offset = each.offset ? std::to_string(*each.offset) : "null";
    write_to_stdout("{\"offset\":" + offset + ",\"count\":" + std::to_string(each.count) + "}\n");
  }

  void on_finished() {
    if (lines_ && !lines_->problem().empty()) return end(not_done(lines_->problem()));
    if (!options_.json) write_to_stdout(in_words());
    end(0);
  }

  std::string in_words() const {
    const std::string place = first_offset_ ? " at offset " + std::to_string(*first_offset_) : "";
    if (stored_ == 1) return "stored" + place + "\n";
    return std::to_string(stored_) + " messages are stored" + (stored_ == 0 ? "" : ", the first" + place) +
           "\n";
  }

  // Only while messages wait for an answer does the time count.
  void watch() {
    const auto now = steady_clock::now();
    if (appender_->unacknowledged() == 0) last_progress_ = now;
    if (now - last_progress_ > options_.timeout) {
      return end(not_done("no acknowledgement in time; what was not acknowledged may or may not be stored" +
                          (waiting_for_.empty() ? "" : " (" + waiting_for_ + ")")));
    }
    patience_.expires_after(look_period);
    patience_.async_wait([this](asio::error_code error) {
      if (!error) watch();
    });
  }

  void end(int status) {
    status_ = status;
    appender_->stop();
    io_.stop();
  }

  const Options& options_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer patience_;
  std::shared_ptr<client::Appender> appender_;
  std::optional<client::LineSource> lines_;
  steady_clock::time_point last_progress_ = steady_clock::now();
  std::string waiting_for_;
  std::uint64_t stored_ = 0;
  std::optional<Offset> first_offset_;
  int status_ = 1;
};

}  // namespace

int run_append(const Options& options) { return Append(options).run(); }

}  // namespace bellwether::ctl
