#include "storage/entry_reader.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "storage/log_error.hpp"
#include "storage/record_reader.hpp"

namespace bellwether::storage {
namespace {

tl::unexpected<Error> not_there(const std::string& what) {
  return failure(std::errc::invalid_argument, what + " is not in the log");
}

tl::unexpected<Error> unreadable(Index index, const SegmentHeader& segment, const std::string& why) {
  return failure(std::errc::bad_message, "entry " + std::to_string(index) + " cannot be read back from " +
                                             segment_name(segment.number) + ": " + why);
}

}  // namespace

void EntryReader::read(Index from, Index end, std::size_t bytes_max, LogStore::ReadDone done) {
  run_soon([this, from, end, bytes_max, done = std::move(done)] {
    auto entries = collect(from, end, bytes_max);
    if (entries) return done(std::move(entries));
    done(tl::unexpected(explained(std::move(entries.error()), from <= map_.base().index)));
  });
}

void EntryReader::read_messages(Offset from, Index end, std::size_t bytes_max, LogStore::MessagesDone done) {
  run_soon([this, from, end, bytes_max, done = std::move(done)] {
    const auto first = find(from);
    const auto is_dropped = [&] { return from < map_.base().next_offset; };
    if (!first) return done(tl::unexpected(explained(first.error(), is_dropped())));
    if (first->index >= end) return done(not_there("message " + std::to_string(from)));
    auto entries = collect(first->index, end, bytes_max);
    if (!entries) return done(tl::unexpected(explained(std::move(entries.error()), is_dropped())));
    done(EntriesFrom{.first = first->index, .offset = first->offset, .entries = *std::move(entries)});
  });
}

// It may go while it is being read: whatever went wrong with it then, that is why.
Error EntryReader::explained(Error error, bool is_dropped) const {
  if (!is_dropped) return error;
  const BaseMark base = map_.base();
  return {LogError::dropped, "the log begins behind entry " + std::to_string(base.index) + ", with message " +
                                 std::to_string(base.next_offset)};
}

void EntryReader::forget_before(std::uint64_t segment) {
  run_soon([this, segment] { files_.forget_before(segment); });
}

void EntryReader::run_soon(std::function<void()> request) {
  const std::scoped_lock lock(mutex_);
  queue_.push_back(std::move(request));
  changed_.notify_one();
}

void EntryReader::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void EntryReader::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const auto request = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    request();
  }
}

Result<std::vector<EntryPtr>> EntryReader::collect(Index from, Index end, std::size_t bytes_max) {
  std::vector<EntryPtr> entries;
  std::size_t bytes = 0;
  bool full = false;
  while (!full && from + entries.size() < end) {
    const Index wanted = from + entries.size();
    auto run = run_holding(wanted);
    if (!run) return tl::unexpected(run.error());
    run->end = std::min(run->end, end);
    const auto done = visit(*run, [&](const Place& place, const EntryPtr& entry) {
      if (place.index < wanted) return true;
      bytes += entry->encoded_bytes;
      full = !entries.empty() && bytes > bytes_max;
      if (!full) entries.push_back(entry);
      return !full;
    });
    if (!done) return tl::unexpected(done.error());
  }
  return entries;
}

Result<EntryReader::Place> EntryReader::find(Offset offset) {
  const auto run = run_bringing(offset);
  if (!run) return tl::unexpected(run.error());
  std::optional<Place> found;
  const auto done = visit(*run, [&](const Place& place, const EntryPtr& entry) {
    if (offset < place.offset + entry->message_count()) found = place;
    return !found;
  });
  if (!done) return tl::unexpected(done.error());
  if (!found) return not_there("message " + std::to_string(offset));
  return *found;
}

Result<EntryReader::Run> EntryReader::run_holding(Index index) {
  if (index <= map_.base().index) return not_there("entry " + std::to_string(index));
  const auto found = map_.holding(index);
  if (!found) return not_there("entry " + std::to_string(index));
  auto run = found->run;
  if (!run) {
    const auto segment = indexes_.of(found->place);
    if (!segment) return tl::unexpected(segment.error());
    run = (*segment)->holding(index);
  }
  if (!run) return not_there("entry " + std::to_string(index));
  return Run{found->place, run->point, std::min(run->end, found->place.live_end)};
}

Result<EntryReader::Run> EntryReader::run_bringing(Offset offset) {
  if (offset < map_.base().next_offset) return not_there("message " + std::to_string(offset));
  const auto found = map_.bringing(offset);
  if (!found) return not_there("message " + std::to_string(offset));
  auto run = found->run;
  if (!run) {
    const auto segment = indexes_.of(found->place);
    if (!segment) return tl::unexpected(segment.error());
    run = (*segment)->bringing(offset);
  }
  if (!run) return not_there("message " + std::to_string(offset));
  return Run{found->place, run->point, std::min(run->end, found->place.live_end)};
}

Result<void> EntryReader::visit(const Run& run, const Visit& visit) {
  const SegmentHeader& header = run.place.header;
  const std::uint64_t end = run.place.end - header.start;
  RecordReader records(header, run.point.position, [&](std::uint64_t position, std::size_t count) {
    return files_.view(header, position, count, end);
  });
  Place place{.index = run.point.index, .offset = run.point.offset};
  while (place.index < run.end) {
    const auto stored = records.next();
    if (!stored) return tl::unexpected(stored.error());
    if (!*stored) {
      return unreadable(place.index, header,
                        "the file is damaged at byte " + std::to_string(records.position() - header.start));
    }
    const EntryPtr* entry = (*stored)->entry();
    if (entry == nullptr) continue;
    if ((*stored)->index() != place.index)
      return unreadable(place.index, header, "another one is in its place");
    if (!visit(place, *entry)) return {};
    place.offset += (*entry)->message_count();
    ++place.index;
  }
  return {};
}

}  // namespace bellwether::storage
