#include "samples.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <future>
#include <sstream>
#include <thread>

#include "base/little_endian.hpp"
#include "state/state_encoding.hpp"

namespace bellwether::storage::test {
namespace {

using namespace std::chrono_literals;

constexpr Ballot sample_ballot{.round = 2, .priority = 5, .id = NodeId{1}};

void print(std::ostream& out, const Ballot& ballot) {
  out << ballot.round << '.' << ballot.priority << '.' << number(ballot.id) << ' ';
}

std::vector<replication::Record> entry_by_entry(const std::vector<replication::Record>& records) {
  std::vector<replication::Record> single;
  for (const replication::Record& record : records) {
    const auto* whole = std::get_if<replication::AppendRecord>(&record);
    if (!whole) {
      single.push_back(record);
      continue;
    }
    Index index = whole->first;
    for (const EntryPtr& entry : whole->entries) single.push_back(append(index++, {entry}));
  }
  return single;
}

}  // namespace

EntryPtr batch(Index index, std::string_view message, std::uint64_t time_ms) {
  std::string bytes(4, '\0');
  store_little_endian(reinterpret_cast<std::byte*>(bytes.data()), static_cast<std::uint32_t>(message.size()));
  bytes += message;
  const Group group{.count = 1, .bytes = static_cast<std::uint32_t>(bytes.size())};
  return make_entry(index, sample_ballot, time_ms, Batch{{group}}, {Bytes::copy_of(bytes)});
}

EntryPtr noop(Index index) { return make_entry(index, sample_ballot, sample_time_ms, Noop{}); }

replication::Record promise(std::uint64_t round) {
  return replication::PromiseRecord{{.round = round, .priority = 7, .id = NodeId{3}}};
}

replication::Record append(Index first, std::vector<EntryPtr> entries) {
  return replication::AppendRecord{.first = first, .entries = std::move(entries)};
}

std::vector<replication::NumberedRecord> Numbering::number(std::vector<replication::Record> records) {
  std::vector<replication::NumberedRecord> numbered;
  for (auto& record : records) numbered.push_back({.number = ++last_, .record = std::move(record)});
  return numbered;
}

std::string summary(const replication::StableState& state) {
  std::ostringstream out;
  out << "promised ";
  print(out, state.promised());
  out << "removed " << state.is_removed() << " decided " << state.decided() << " base "
      << index_of(state.base()) << " ballots ";
  for (Index index = state.ballots().base().index; index <= state.last(); ++index)
    print(out, state.ballots().at(index));
  out << "offset " << state.decided_state().next_offset() << " undecided ";
  for (const EntryPtr& entry : state.undecided())
    out << entry->sum << ':' << messages_of(*entry).text() << ' ';
  return out.str();
}

std::vector<std::string> prefix_summaries(const std::vector<replication::Record>& records) {
  replication::StableState state;
  std::vector<std::string> summaries{summary(state)};
  for (const replication::Record& record : entry_by_entry(records)) {
    EXPECT_TRUE(state.replay(record));
    summaries.push_back(summary(state));
  }
  return summaries;
}

LogStore::Events Listener::events() {
  LogStore::Events events;
  events.on_durable = [this](RecordNumber upto) {
    const std::scoped_lock lock(mutex_);
    durable_ = upto;
    changed_.notify_all();
  };
  events.on_failure = [this](const Error& error) {
    const std::scoped_lock lock(mutex_);
    ++failures_;
    failure_ = error.what;
    changed_.notify_all();
  };
  events.on_side_failure = [this](const Error& error) {
    const std::scoped_lock lock(mutex_);
    side_failure_ = error.what;
    changed_.notify_all();
  };
  events.on_room_missing = [this](const Error& error, std::uint64_t) {
    const std::scoped_lock lock(mutex_);
    room_missing_ = error.what;
    changed_.notify_all();
  };
  events.on_sync = [this](std::chrono::nanoseconds took) {
    const std::scoped_lock lock(mutex_);
    longest_sync_ = std::max(longest_sync_, took);
    changed_.notify_all();
  };
  return events;
}

template <typename Condition>
bool Listener::wait_for(Condition condition) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, 10s, condition);
}

bool Listener::wait_for_durable(RecordNumber number) {
  return wait_for([&] { return durable_ >= number; });
}

bool Listener::wait_for_durable_or_failure(RecordNumber number) {
  EXPECT_TRUE(wait_for([&] { return durable_ >= number || failures_ > 0; }));
  return durable() >= number;
}

bool Listener::wait_for_failure() {
  return wait_for([this] { return failures_ > 0; });
}

bool Listener::wait_for_side_failure() {
  return wait_for([this] { return !side_failure_.empty(); });
}

bool Listener::wait_for_room_missing() {
  return wait_for([this] { return !room_missing_.empty(); });
}

bool Listener::wait_for_slow_sync() {
  return wait_for([this] { return longest_sync_ > LogStore::slow_sync; });
}

RecordNumber Listener::durable() const {
  const std::scoped_lock lock(mutex_);
  return durable_;
}

int Listener::failures() const {
  const std::scoped_lock lock(mutex_);
  return failures_;
}

std::string Listener::failure() const {
  const std::scoped_lock lock(mutex_);
  return failure_;
}

std::string Listener::side_failure() const {
  const std::scoped_lock lock(mutex_);
  return side_failure_;
}

std::string Listener::room_missing() const {
  const std::scoped_lock lock(mutex_);
  return room_missing_;
}

Result<LogStore::Opened> open(MemoryFolder& folder, std::uint64_t segment_bytes) {
  return SegmentedLog::open(folder.folder(), {.segment_bytes = segment_bytes}, {}, {});
}

Result<LogStore::Opened> open(MemoryFolder& folder, Listener& listener, std::uint64_t segment_bytes) {
  return SegmentedLog::open(folder.folder(), {.segment_bytes = segment_bytes}, listener.events(), {});
}

Result<LogReading> read(const Image& image) {
  MemoryFolder memory(image);
  const auto folder = memory.folder();
  const auto segments = list_segments(*folder);
  if (!segments) return tl::unexpected(segments.error());
  if (segments->empty()) return failure(std::errc::no_such_file_or_directory, "there is no log");
  return read_log(*folder, *segments, {});
}

Image image_of(const std::vector<std::vector<replication::Record>>& batches, std::uint64_t segment_bytes) {
  MemoryFolder folder;
  Listener listener;
  Numbering numbering;
  const auto log = open(folder, listener, segment_bytes);
  for (const auto& records : batches) {
    auto numbered = numbering.number(records);
    const RecordNumber last = numbered.back().number;
    log->store->write(std::move(numbered));
    EXPECT_TRUE(listener.wait_for_durable(last));
  }
  log->store->close();
  return folder.written();
}

EncodedCheckpoint checkpoint_of(const replication::StableState& state) {
  replication::BallotRuns ballots = state.ballots();
  ballots.truncate(state.decided() + 1);
  return {
      .index = state.decided(), .ballots = std::move(ballots), .state = state::encode(state.decided_state())};
}

replication::SnapshotPtr snapshot_of(const replication::StableState& state) {
  return std::make_shared<const replication::Snapshot>(
      replication::Snapshot{.index = state.decided(),
                            .ballot = state.ballots().at(state.decided()),
                            .state = Bytes::copy_of(state::encode(state.decided_state()))});
}

memory::Contents& segment(Image& image, std::uint64_t number) { return image.at(segment_name(number)); }

std::size_t segments_in(const Image& image) {
  std::size_t count = 0;
  for (const auto& [name, contents] : image) count += segment_number(name) ? 1 : 0;
  return count;
}

Image with_checkpoint(const Image& image) {
  MemoryFolder folder(image);
  const auto log = open(folder);
  EXPECT_TRUE(log) << log.error().what;
  std::promise<Result<void>> written;
  log->store->write_checkpoint(checkpoint_of(log->state),
                               [&](const Result<void>& done) { written.set_value(done); });
  EXPECT_TRUE(written.get_future().get());
  log->store->close();
  return folder.written();
}

bool wait_for_segment(const MemoryFolder& folder, std::uint64_t number) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!folder.durable().contains(segment_name(number))) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

Result<std::vector<EntryPtr>> read(LogStore& store, Index from, Index end, std::size_t bytes_max) {
  std::promise<Result<std::vector<EntryPtr>>> answer;
  store.read(from, end, bytes_max, [&](auto entries) { answer.set_value(std::move(entries)); });
  return answer.get_future().get();
}

Result<EntriesFrom> read_messages(LogStore& store, Offset from, Index end, std::size_t bytes_max) {
  std::promise<Result<EntriesFrom>> answer;
  store.read_messages(from, end, bytes_max, [&](auto entries) { answer.set_value(std::move(entries)); });
  return answer.get_future().get();
}

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "bellwether-XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}

TemporaryDirectory::~TemporaryDirectory() { std::filesystem::remove_all(path_); }

}  // namespace bellwether::storage::test
