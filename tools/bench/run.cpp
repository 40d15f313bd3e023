#include "run.hpp"

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <utility>

#include "cpu_time.hpp"
#include "load.hpp"
#include "own_cluster.hpp"
#include "report.hpp"

namespace bellwether::bench {
namespace {

constexpr int all_acknowledged = 0;
constexpr int not_all_acknowledged = 1;
constexpr int nobody_reached = 3;

int not_done(const std::string& why, int status = not_all_acknowledged) {
  std::fprintf(stderr, "bellwether-bench: %s\n", why.c_str());
  return status;
}

// The servers' and our own, from begin() to end().
class CpuMeter {
 public:
  explicit CpuMeter(std::vector<pid_t> servers) : servers_(std::move(servers)) {}

  void begin() { read(-1); }
  void end() { read(1); }
  CpuTimes times() const {
    return {
        servers_.empty() ? std::nullopt : std::optional(total_.servers.value_or(std::chrono::nanoseconds())),
        total_.client};
  }
  const std::string& problem() const { return problem_; }

 private:
  void read(int sign) {
    const auto servers = cpu_time_of(servers_);
    if (!servers) problem_ = servers.error().what;
    if (servers) total_.servers = total_.servers.value_or(std::chrono::nanoseconds()) + sign * *servers;
    total_.client += sign * own_cpu_time();
  }

  std::vector<pid_t> servers_;
  CpuTimes total_;
  std::string problem_;
};

}  // namespace

int run(const Options& options) {
  asio::io_context io(1);
  bool interrupted = false;
  asio::signal_set signals(io, SIGINT, SIGTERM);  // from here on, so that nothing is left behind
  signals.async_wait([&](asio::error_code error, int) {
    interrupted = !error;
    io.stop();
  });

  std::unique_ptr<Cluster> own;
  std::vector<std::string> members = options.members;
  CpuMeter meter(options.servers);
  if (options.own) {
    auto started = Cluster::start(*options.own);
    if (!started) return not_done(started.error().what);
    own = std::move(*started);
    members = own->addresses();
    meter = CpuMeter(own->processes());
  }

  Load::Events events;
  events.on_measured_time_begins = [&] { meter.begin(); };
  events.on_measured_time_ends = [&] { meter.end(); };
  events.on_end = [&] { io.stop(); };
  Load load(io, members, options.load, events);
  load.start();
  io.run();
  load.stop();
  if (interrupted) return not_done("stopped by a signal");
  if (own) {
    if (const Result<void> alive = own->check(); !alive) return not_done(alive.error().what);
  }
  if (load.failure())
    return not_done(load.failure()->what, load.failure()->reached ? not_all_acknowledged : nobody_reached);
  if (!meter.problem().empty()) return not_done(meter.problem());

  const Report report{options, load.measurement(), meter.times(), load.leader_changes(),
                      load.unacknowledged()};
  std::fputs((options.json ? json(report) : summary(report)).c_str(), stdout);
  return all_acknowledged;
}

}  // namespace bellwether::bench
