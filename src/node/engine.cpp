#include "node/engine.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/wall_clock.hpp"
#include "state/state_encoding.hpp"

namespace bellwether::node {
namespace {

// An entry is closed at once while the pipeline has room: one entry on its way to the disks and one behind it
// keep both disk and network busy. Beyond that requests collect, and share one write and one sync.
constexpr std::size_t entries_under_way_max = 2;
constexpr std::size_t batch_bytes_worth_sealing = 1024 * 1024;

}  // namespace

Engine::Engine(asio::io_context& io, const replication::Options& options,
               const replication::StableState& stable, storage::LogStore& store, Events events)
    : started_(std::chrono::steady_clock::now()),
      step_began_(started_),
      store_(store),
      events_(std::move(events)),
      replica_(options, stable, 0),
      cache_(stable.last()),
      attacher_(io.get_executor(), cache_, store, events_.send),
      timer_(io),
      first_offset_(store.base().next_offset) {
  arm_timer();
}

void Engine::tick() {
  step_began_ = std::chrono::steady_clock::now();
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(step_began_ - started_);
  replica_.tick(static_cast<replication::Ticks>(passed.count()), wall_clock_ms());
}

replication::Replica& Engine::begin() {
  if (!ticked_ && !stopped_) tick();
  ticked_ = true;
  replica_.on_room(store_.room(replica_.unwritten_bytes()));
  return replica_;
}

bool Engine::can_take(std::uint64_t bytes) const {
  return replica_.room() == replication::Room::none || store_.fits(replica_.unwritten_bytes() + bytes);
}

bool Engine::takes_append_of(std::uint64_t bytes) const {
  const std::uint64_t held = std::max<std::uint64_t>(store_.unsynced_bytes(), replica_.undecided_bytes());
  if (held >= replication::Options{}.unsynced_bytes_max) return false;  // its own disk, or the majority's
  return !replica_.is_established() || can_take(bytes);
}

void Engine::finish() noexcept {
  if (finishing_ || stopped_) return;
  finishing_ = true;
  begin();
  seal_if_worth_it();
  for (auto output = replica_.take_output(); !output.empty() && !stopped_; output = replica_.take_output()) {
    hand_on(output);
    seal_if_worth_it();
  }
  finishing_ = false;
  ticked_ = false;
  write_checkpoint_that_was_asked_for();
  if (!stopped_) arm_timer();
}

void Engine::on_durable(RecordNumber upto) {
  if (stopped_) return;
  begin().on_durable(upto);
  cache_.on_durable(replica_.durable());
  finish();
}

void Engine::stop() {
  stopped_ = true;
  timer_.cancel();
}

void Engine::write_checkpoint() { write_checkpoint({}); }

// Not within the step: what it decides is handed to the disk at its end.
bool Engine::ask_for_checkpoint(storage::LogStore::CheckpointDone done) {
  if (replica_.decided() == 0 || stopped_) return false;
  checkpoint_asked_.push_back(std::move(done));
  return true;
}

// One for all who asked meanwhile.
void Engine::write_checkpoint_that_was_asked_for() {
  if (checkpoint_asked_.empty() || stopped_) return;
  write_checkpoint([asked = std::exchange(checkpoint_asked_, {})](const Result<void>& written) {
    for (const auto& done : asked) done(written);
  });
}

// The state is encoded here, where it lives; the rest happens on the store's threads.
void Engine::write_checkpoint(storage::LogStore::CheckpointDone done) {
  const Index index = replica_.decided();
  if (index == 0) return;
  replication::BallotRuns ballots = replica_.ballots();
  ballots.truncate(index + 1);
  store_.write_checkpoint({index, std::move(ballots), state::encode(replica_.decided_state())},
                          std::move(done));
}

void Engine::seal_if_worth_it() {
  if (!replica_.has_open_batch()) return;
  const bool room = replica_.undecided_entries() < entries_under_way_max;
  if (room || replica_.open_batch_bytes() >= batch_bytes_worth_sealing) replica_.seal();
}

// Records first: what a message relies on is handed to the disk before the message leaves.
void Engine::hand_on(replication::Output& output) {
  attacher_.on_promised(replica_.promised());
  if (!output.records.empty()) persist(std::move(output.records));
  if (replica_.decided() >= store_.checkpoint_due()) write_checkpoint();
  for (auto& outgoing : output.messages) attacher_.submit(outgoing.to, std::move(outgoing.message));
  for (const auto& answer : output.answers) events_.on_answer(answer);
  if (events_.on_role_change) {
    for (const auto& change : output.role_changes) events_.on_role_change(change);
  }
  if (output.installed) events_.on_installed(*output.installed);
  for (const auto& decided : output.decided) cache_.on_decided(decided.index, decided.offset);
  for (const auto& decided : output.decided) events_.on_decided(decided);
  if (!output.repaired.empty()) events_.on_repaired(std::move(output.repaired));
  for (const auto& notice : output.notices) events_.on_notice(notice);
  events_.on_step();
}

void Engine::persist(std::vector<replication::NumberedRecord> records) {
  for (const auto& [number, record] : records) {
    cache_.on_record(record);
    if (const auto* truncated = std::get_if<replication::TruncateRecord>(&record)) {
      attacher_.on_truncated(truncated->from);
    } else if (const auto* compacted = std::get_if<replication::CompactRecord>(&record)) {
      first_offset_ = state::next_offset_in(compacted->base->state.span());
    } else if (const auto* installed = std::get_if<replication::InstallRecord>(&record)) {
      first_offset_ = state::next_offset_in(installed->base->state.span());
      attacher_.on_installed();
    }
  }
  store_.write(std::move(records));
}

void Engine::arm_timer() {
  const auto deadline = std::max<replication::Ticks>(replica_.deadline(), 1);
  if (deadline == armed_for_) return;
  armed_for_ = deadline;
  timer_.expires_at(started_ + std::chrono::milliseconds(deadline));
  timer_.async_wait([this, deadline](const std::error_code& error) {
    if (error || armed_for_ != deadline) return;
    armed_for_ = 0;
    finish();
  });
}

}  // namespace bellwether::node
