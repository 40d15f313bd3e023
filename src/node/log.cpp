#include "node/log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <string>

#include "node/printable.hpp"

namespace bellwether::node::log {
namespace {

constexpr std::size_t lines_waiting_max = 8192;

std::shared_ptr<spdlog::async_logger> logger;
std::atomic<std::uint64_t> node_id{0};
bool json = false;

std::string timestamp() {  // RFC 3339, UTC, microseconds
  const auto now = std::chrono::system_clock::now();
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, micros % 1'000'000);
}

std::string json_line(spdlog::level::level_enum level, std::string_view text) {
  const auto name = spdlog::level::to_string_view(level);
  return fmt::format(R"({{"ts":"{}","level":"{}","node":{},"msg":"{}"}})", timestamp(),
                     std::string_view(name.data(), name.size()), node_id.load(), json_escaped(text));
}

void write(spdlog::level::level_enum level, std::string_view text) {
  if (!logger || !logger->should_log(level)) return;
  if (json) return logger->log(level, "{}", json_line(level, text));
  const auto id = node_id.load();
  logger->log(level, "{}{}", id == 0 ? std::string() : fmt::format("node {}: ", id), printable(text));
}

}  // namespace

void start(const Settings& settings) {
  json = settings.json;
  spdlog::init_thread_pool(lines_waiting_max, 1);
  logger = std::make_shared<spdlog::async_logger>(
      "node", std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(), spdlog::thread_pool(),
      spdlog::async_overflow_policy::overrun_oldest);
  logger->set_pattern(json ? "%v" : "%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
  logger->set_level(spdlog::level::from_str(std::string(settings.level)));
  logger->flush_on(spdlog::level::trace);
}

void set_node(NodeId id) { node_id = number(id); }

void stop() {
  spdlog::shutdown();  // first: it waits for the thread that still writes through the logger
  logger.reset();
}

void debug(std::string_view text) { write(spdlog::level::debug, text); }
void info(std::string_view text) { write(spdlog::level::info, text); }
void warn(std::string_view text) { write(spdlog::level::warn, text); }
void error(std::string_view text) { write(spdlog::level::err, text); }

void fatal(std::string_view text) {
  const auto line =
      (json ? json_line(spdlog::level::critical, text) : "bellwether-node: " + printable(text)) + "\n";
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;  // there is nobody left to tell
}

}  // namespace bellwether::node::log
