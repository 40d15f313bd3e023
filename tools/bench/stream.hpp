// bench/stream.hpp: one connection's part of the load: batches that arrive go out as one append each, in order.
// Threads: the one that runs the io_context.
#pragma once

#include <asio/any_io_executor.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/appender.hpp"
#include "measurement.hpp"
#include "options.hpp"

namespace bellwether::bench {

class Stream {
 public:
  struct Events {
    std::function<void()> on_connected;               // for the first time
    std::function<void(TimePoint arrived)> on_batch;  // one was acknowledged
    std::function<void()> on_finished;
    std::function<void(const client::AppendFailure&)> on_failed;
  };
  Stream(asio::any_io_executor executor, const std::vector<std::string>& members, const LoadOptions& load,
         std::uint64_t seed, Events events);

  void start() { appender_->start(); }
  void arrive(TimePoint when);  // a batch, at a moment that may be past
  void finish();                // no more will arrive
  void stop() { appender_->stop(); }

  std::uint64_t unacknowledged_batches() const { return waiting_.size() + under_way_.size(); }
  std::uint64_t leader_changes() const { return leaders_ == 0 ? 0 : leaders_ - 1; }

 private:
  client::Appender::Events appender_events();
  void on_acknowledged(const client::Acknowledgement& acknowledgement);
  void push();
  bool append_batch();

  std::uint32_t batch_;
  std::string message_;
  Events events_;
  std::deque<TimePoint> waiting_;    // arrived, and no room for them yet
  std::deque<TimePoint> under_way_;  // given to the appender
  std::uint64_t leaders_ = 0;
  bool finishing_ = false;
  std::shared_ptr<client::Appender> appender_;
};

}  // namespace bellwether::bench
