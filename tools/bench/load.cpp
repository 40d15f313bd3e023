#include "load.hpp"

#include <algorithm>
#include <utility>

#include "base/random_name.hpp"

namespace bellwether::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds last_answers_within{30};

}  // namespace

Load::Load(asio::io_context& io, const std::vector<std::string>& members, const LoadOptions& options,
           Events events)
    : options_(options), events_(std::move(events)), phase_(io), arrival_(io) {
  for (std::size_t number = 0; number < options.connections; ++number) {
    streams_.push_back(std::make_unique<Stream>(io.get_executor(), members, options, random_number(),
                                                stream_events(number)));
  }
}

Stream::Events Load::stream_events(std::size_t number) {
  Stream::Events events;
  events.on_connected = [this] { on_connected(); };
  events.on_batch = [this, number](TimePoint arrived) {
    const auto now = steady_clock::now();
    if (measurement_) measurement_->on_acknowledged(options_.batch, arrived, now);
    if (is_closed_loop() && issuing_) streams_[number]->arrive(now);
  };
  events.on_finished = [this] {
    if (++finished_ == streams_.size()) end();
  };
  events.on_failed = [this](const client::AppendFailure& failure) {
    fail({failure.kind != client::AppendFailure::Kind::unreachable, failure.what});
  };
  return events;
}

void Load::start() {
  for (const auto& stream : streams_) stream->start();
}

void Load::stop() {
  ended_ = true;
  issuing_ = false;
  phase_.cancel();
  arrival_.cancel();
  for (const auto& stream : streams_) stream->stop();
}

std::uint64_t Load::unacknowledged() const {
  std::uint64_t batches = 0;
  for (const auto& stream : streams_) batches += stream->unacknowledged_batches();
  return batches * options_.batch;
}

std::uint64_t Load::leader_changes() const {
  std::uint64_t most = 0;
  for (const auto& stream : streams_) most = std::max(most, stream->leader_changes());
  return most;
}

// ---- one phase after the other

void Load::at(TimePoint when, std::function<void()> then) {
  phase_.expires_at(when);
  phase_.async_wait([this, then = std::move(then)](asio::error_code error) {
    if (!error && !ended_) then();
  });
}

// The load begins when all are there, so that the warm-up is of the whole of it.
void Load::on_connected() {
  if (++connected_ == streams_.size()) begin();
}

void Load::begin() {
  const auto now = steady_clock::now();
  issuing_ = true;
  if (is_closed_loop()) {
    for (std::uint32_t i = 0; i < options_.window; ++i) {
      for (const auto& stream : streams_) stream->arrive(now);
    }
  } else {
    arrivals_.emplace(now, options_.rate / options_.batch);
    take_arrivals();
  }
  at(now + options_.warm_up, [this] { begin_measured_time(); });
}

void Load::take_arrivals() {
  const auto now = steady_clock::now();
  for (; arrivals_->next() <= now; arrivals_->take()) {
    streams_[next_stream_]->arrive(arrivals_->next());
    next_stream_ = (next_stream_ + 1) % streams_.size();
  }
  arrival_.expires_at(arrivals_->next());
  arrival_.async_wait([this](asio::error_code error) {
    if (!error && issuing_) take_arrivals();
  });
}

void Load::begin_measured_time() {
  const auto now = steady_clock::now();
  measurement_.emplace(now, options_.duration);
  events_.on_measured_time_begins();
  at(now + options_.duration, [this] { end_measured_time(); });
}

void Load::end_measured_time() {
  events_.on_measured_time_ends();
  issuing_ = false;
  arrival_.cancel();
  at(steady_clock::now() + last_answers_within, [this] {
    fail(
        {true, "the last answers did not come within " + std::to_string(last_answers_within.count()) + " s"});
  });
  for (const auto& stream : streams_) stream->finish();
}

void Load::fail(LoadFailure failure) {
  if (ended_) return;
  failure_ = std::move(failure);
  end();
}

void Load::end() {
  if (ended_) return;
  stop();
  events_.on_end();
}

}  // namespace bellwether::bench
