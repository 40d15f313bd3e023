// node/metrics.hpp: what this node counts while it runs, and the answer to a scrape. What is a state and not a count is
// asked of its owner when a scrape comes (add). Counted per step, per entry, per sync and per refusal: a message has no
// cost of its own here.
// Units:   as the metrics' names say; docs/metrics.md has them all.
// Threads: the I/O thread; on_sync() any.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "metrics/exposition.hpp"
#include "metrics/histogram.hpp"
#include "protocol/entry.hpp"
#include "protocol/error_code.hpp"
#include "replication/output.hpp"

namespace bellwether::node {

class Metrics {
 public:
  using Duration = std::chrono::steady_clock::duration;
  using Source = std::function<void(metrics::Exposition&)>;
  enum class Protocol { packets, http };

  Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void on_sync(Duration took);
  void on_refused(Protocol protocol, ErrorCode reason);
  void on_role_change(replication::Role role);
  void on_decided(const Entry& entry);
  void on_acknowledged(Duration took);                // an append request, to its client
  void on_step(const std::optional<NodeId>& leader);  // as this node sees it

  void add(Source source);   // asked at each scrape; it lives as long as the I/O thread runs
  std::string text() const;  // one scrape

 private:
  static constexpr std::size_t reasons = static_cast<std::size_t>(ErrorCode::not_built) + 1;  // the last one

  void add_requests(metrics::Exposition& exposition) const;
  void add_counts(metrics::Exposition& exposition) const;

  std::vector<Source> sources_;
  std::array<std::array<std::uint64_t, reasons>, 2> refused_{};  // by protocol and reason
  std::uint64_t elections_started_ = 0;
  std::uint64_t elections_won_ = 0;
  std::uint64_t leader_changes_ = 0;
  std::uint64_t appended_messages_ = 0;
  std::uint64_t appended_bytes_ = 0;
  std::optional<NodeId> last_leader_;
  metrics::Histogram sync_seconds_;
  metrics::Histogram acknowledgement_seconds_;
  metrics::Histogram batch_messages_;
  metrics::Histogram batch_bytes_;
  // What came together in one step goes out together: one observation for all of it.
  Duration acknowledged_after_{};
  std::uint64_t acknowledged_ = 0;
};

}  // namespace bellwether::node
