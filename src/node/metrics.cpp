#include "node/metrics.hpp"

#include <utility>

#include "metrics/process.hpp"

namespace bellwether::node {
namespace {

using metrics::exponential_bounds;

constexpr std::array<const char*, 2> protocol_names = {"packets", "http"};

double seconds(Metrics::Duration duration) { return std::chrono::duration<double>(duration).count(); }
double value(std::uint64_t count) { return static_cast<double>(count); }

}  // namespace

// From what a good disk and the loopback take, 50 us, to the seconds of one that is ill.
Metrics::Metrics()
    : sync_seconds_(exponential_bounds(50e-6, 2, 18)),
      acknowledgement_seconds_(exponential_bounds(50e-6, 2, 18)),
      batch_messages_(exponential_bounds(1, 4, 10)),
      batch_bytes_(exponential_bounds(256, 4, 9)) {}

void Metrics::on_sync(Duration took) { sync_seconds_.observe(seconds(took)); }

void Metrics::on_refused(Protocol protocol, ErrorCode reason) {
  ++refused_[static_cast<std::size_t>(protocol)][static_cast<std::size_t>(reason)];
}

void Metrics::on_role_change(replication::Role role) {
  if (role == replication::Role::candidate) ++elections_started_;
  if (role == replication::Role::leader) ++elections_won_;
}

void Metrics::on_decided(const Entry& entry) {
  const std::uint32_t messages = entry.message_count();
  if (messages == 0) return;  // no batch
  appended_messages_ += messages;
  appended_bytes_ += entry.encoded_bytes;
  batch_messages_.observe(messages);
  batch_bytes_.observe(value(entry.encoded_bytes));
}

void Metrics::on_acknowledged(Duration took) {
  if (acknowledged_ > 0 && took != acknowledged_after_) {
    acknowledgement_seconds_.observe(seconds(acknowledged_after_), std::exchange(acknowledged_, 0));
  }
  acknowledged_after_ = took;
  ++acknowledged_;
}

void Metrics::on_step(const std::optional<NodeId>& leader) {
  if (acknowledged_ > 0) {
    acknowledgement_seconds_.observe(seconds(acknowledged_after_), std::exchange(acknowledged_, 0));
  }
  if (!leader || leader == last_leader_) return;
  last_leader_ = leader;
  ++leader_changes_;
}

void Metrics::add(Source source) { sources_.push_back(std::move(source)); }

std::string Metrics::text() const {
  metrics::Exposition exposition;
  exposition.gauges("bellwether_build_info", "Always 1; the label is the program's version.",
                    {{{{"version", BELLWETHER_VERSION}}, 1}});
  add_counts(exposition);
  add_requests(exposition);
  for (const Source& source : sources_) source(exposition);
  metrics::add_process(exposition);
  return exposition.text();
}

void Metrics::add_counts(metrics::Exposition& exposition) const {
  exposition.counter("bellwether_elections_started_total", "Elections that this node stood in.",
                     value(elections_started_));
  exposition.counter("bellwether_elections_won_total", "Times that this node became leader.",
                     value(elections_won_));
  exposition.counter(
      "bellwether_leader_changes_total",
      "Times that this node learned of another leader than the last one, the first one included.",
      value(leader_changes_));
  exposition.counter("bellwether_appended_messages_total",
                     "Messages that became decided at this member since it was started.",
                     value(appended_messages_));
  exposition.counter("bellwether_appended_bytes_total", "Bytes in the log of these messages' entries.",
                     value(appended_bytes_));
  exposition.histogram("bellwether_batch_messages", "Messages in one entry of the log.", batch_messages_);
  exposition.histogram("bellwether_batch_bytes", "Bytes in the log of one entry with messages.",
                       batch_bytes_);
  exposition.histogram("bellwether_acknowledgement_seconds",
                       "From an append request's arrival at this node, as leader, to its acknowledgement.",
                       acknowledgement_seconds_);
  exposition.histogram("bellwether_log_sync_seconds", "Duration of an fdatasync of the log.", sync_seconds_);
}

void Metrics::add_requests(metrics::Exposition& exposition) const {
  std::vector<metrics::Exposition::Sample> refused;
  for (std::size_t protocol = 0; protocol < refused_.size(); ++protocol) {
    for (std::size_t reason = 0; reason < reasons; ++reason) {
      const std::string name(to_string(static_cast<ErrorCode>(reason)));
      refused.push_back(
          {{{"protocol", protocol_names[protocol]}, {"reason", name}}, value(refused_[protocol][reason])});
    }
  }
  exposition.counters("bellwether_requests_refused_total",
                      "Requests that were answered with an error, by its code; bad-packet is malformed.",
                      refused);
}

}  // namespace bellwether::node
