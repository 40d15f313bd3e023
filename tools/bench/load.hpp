// bench/load.hpp: the load of one run: it connects, warms up, measures, and waits for what is still under way.
// Errors:  a run ends early if no member can be reached, the cluster refuses, or the end's answers do not come.
// Threads: the one that runs the io_context.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrivals.hpp"
#include "measurement.hpp"
#include "options.hpp"
#include "stream.hpp"

namespace bellwether::bench {

struct LoadFailure {
  bool reached = true;  // false: no member answered at all
  std::string what;
};

class Load {
 public:
  struct Events {
    std::function<void()> on_measured_time_begins;
    std::function<void()> on_measured_time_ends;
    std::function<void()> on_end;  // see failure()
  };
  Load(asio::io_context& io, const std::vector<std::string>& members, const LoadOptions& options,
       Events events);

  void start();
  void stop();  // no event after it

  // After the end.
  const std::optional<LoadFailure>& failure() const { return failure_; }
  const Measurement& measurement() const { return *measurement_; }  // if there is no failure
  std::uint64_t unacknowledged() const;
  std::uint64_t leader_changes() const;  // as the connection saw them that saw most

 private:
  Stream::Events stream_events(std::size_t number);
  void at(TimePoint when, std::function<void()> then);
  void on_connected();
  void begin();
  void take_arrivals();
  void begin_measured_time();
  void end_measured_time();
  void fail(LoadFailure failure);
  void end();
  bool is_closed_loop() const { return options_.rate == 0; }

  LoadOptions options_;
  Events events_;
  asio::steady_timer phase_;
  asio::steady_timer arrival_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::optional<Arrivals> arrivals_;
  std::optional<Measurement> measurement_;
  std::optional<LoadFailure> failure_;
  std::size_t connected_ = 0;
  std::size_t finished_ = 0;
  std::size_t next_stream_ = 0;  // in the open loop they take turns
  bool issuing_ = false;
  bool ended_ = false;
};

}  // namespace bellwether::bench
