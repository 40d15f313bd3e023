#include "report.hpp"

#include <cstdarg>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace bellwether::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr int format_version = 1;
constexpr double megabyte = 1e6;

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }
double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}
double microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...) {
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  return line;
}

Json latency_of(const LatencyHistogram& latency) {
  return {{"p50", microseconds(latency.percentile(0.5))},
          {"p90", microseconds(latency.percentile(0.9))},
          {"p99", microseconds(latency.percentile(0.99))},
          {"p99_9", microseconds(latency.percentile(0.999))},
          {"max", microseconds(latency.max())},
          {"count", latency.count()}};
}

Json timeline_of(const Measurement& measurement) {
  Json timeline = Json::array();
  for (const Second& each : measurement.seconds()) {
    timeline.push_back({{"acknowledged", each.acknowledged},
                        {"p50_us", microseconds(each.p50)},
                        {"p99_us", microseconds(each.p99)},
                        {"max_us", microseconds(each.max)}});
  }
  return timeline;
}

Json load_of(const LoadOptions& load) {
  return {{"loop", load.rate > 0 ? "open" : "closed"},
          {"batch", load.batch},
          {"window", load.window},
          {"connections", load.connections},
          {"message_bytes", load.message_bytes},
          {"rate", load.rate > 0 ? Json(load.rate) : Json()},
          {"warm_up_s", seconds(load.warm_up)},
          {"duration_s", seconds(load.duration)}};
}

std::string how_asked(const LoadOptions& load) {
  std::string words = text("%u connection%s, ", load.connections, load.connections == 1 ? "" : "s");
  words += load.rate > 0 ? text("%.0f messages/s arriving, ", load.rate)
                         : text("%u append%s under way on each, ", load.window, load.window == 1 ? "" : "s");
  return words + text("%u message%s of %zu bytes in an append, %.1f s", load.batch,
                      load.batch == 1 ? "" : "s", load.message_bytes, seconds(load.duration));
}

}  // namespace

std::string summary(const Report& report) {
  const Measurement& measured = report.measurement;
  const LatencyHistogram& latency = measured.latency();
  std::string lines = how_asked(report.options.load) + "\n";
  lines += text("acknowledged  %.0f messages/s, %.2f MB/s\n", measured.messages_per_second(),
                measured.bytes_per_second(report.options.load.message_bytes) / megabyte);
  lines += text("latency       p50 %.3f  p90 %.3f  p99 %.3f  p99.9 %.3f  max %.3f ms\n",
                milliseconds(latency.percentile(0.5)), milliseconds(latency.percentile(0.9)),
                milliseconds(latency.percentile(0.99)), milliseconds(latency.percentile(0.999)),
                milliseconds(latency.max()));
  if (report.cpu.servers) {
    lines += text("servers' CPU  %.3f s", seconds(*report.cpu.servers));
    const auto each = measured.cpu_us_per_message(*report.cpu.servers);
    if (each) lines += text(", %.3f us a message", *each);
    lines += "\n";
  }
  lines += text("own CPU       %.3f s\n", seconds(report.cpu.client));
  if (report.leader_changes > 0)
    lines +=
        text("leader        changed %llu times\n", static_cast<unsigned long long>(report.leader_changes));
  if (report.unacknowledged > 0) {
    lines += text("unanswered    %llu messages\n", static_cast<unsigned long long>(report.unacknowledged));
  }
  return lines;
}

std::string json(const Report& report) {
  const Measurement& measured = report.measurement;
  const auto per_message =
      report.cpu.servers ? measured.cpu_us_per_message(*report.cpu.servers) : std::nullopt;
  Json result = {{"format", format_version},
                 {"version", BELLWETHER_VERSION},
                 {"cluster", report.options.own ? Json(report.options.own->nodes) : Json()},
                 {"load", load_of(report.options.load)},
                 {"acknowledged", measured.acknowledged()},
                 {"messages_per_s", measured.messages_per_second()},
                 {"mb_per_s", measured.bytes_per_second(report.options.load.message_bytes) / megabyte},
                 {"latency_us", latency_of(measured.latency())},
                 {"server_cpu_s", report.cpu.servers ? Json(seconds(*report.cpu.servers)) : Json()},
                 {"server_cpu_us_per_message", per_message ? Json(*per_message) : Json()},
                 {"client_cpu_s", seconds(report.cpu.client)},
                 {"leader_changes", report.leader_changes},
                 {"unacknowledged", report.unacknowledged},
                 {"timeline", timeline_of(measured)}};
  return result.dump() + "\n";
}

}  // namespace bellwether::bench
