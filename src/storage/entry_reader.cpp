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

// What is dropped has no ballots any more, and is only passed over.
bool is_of(const replication::BallotRuns& ballots, const StoredRecord& stored) {
  const EntryPtr* const entry = stored.entry();
  if (entry == nullptr) return false;
  return stored.index() <= ballots.base().index || ballots.has(stored.index(), (*entry)->ballot);
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
    const auto first = find(from, end);
    const auto is_dropped = [&] { return from < map_.base().next_offset; };
    if (!first) return done(tl::unexpected(explained(first.error(), is_dropped())));
    if (first->index >= end) return done(not_there("message " + std::to_string(from)));
    auto entries = collect(first->index, end, bytes_max);
    if (!entries) return done(tl::unexpected(explained(std::move(entries.error()), is_dropped())));
    done(EntriesFrom{.first = first->index, .offset = first->offset, .entries = *std::move(entries)});
  });
}

// It may go while it is being read: whatever went wrong with it then, that is why.
Error EntryReader::explained(Error error, bool is_dropped) {
  if (!is_dropped) {
    if (error.code == LogError::damaged && on_damage_) on_damage_(met_);
    return error;
  }
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
    if (!run && !entries.empty()) break;
    if (!run) return tl::unexpected(run.error());
    run->end = std::min(run->end, end);
    const auto done = visit(*run, wanted, [&](const Place& place, const EntryPtr& entry) {
      if (place.index < wanted) return true;
      bytes += entry->encoded_bytes;
      full = !entries.empty() && bytes > bytes_max;
      if (!full) entries.push_back(entry);
      return !full;
    });
    if (!done && entries.empty()) return tl::unexpected(done.error());
    if (!done) break;  // what is read is of use
  }
  return entries;
}

Result<EntryReader::Place> EntryReader::find(Offset offset, Index end) {
  auto run = run_bringing(offset);
  if (!run) return tl::unexpected(run.error());
  run->end = std::min(run->end, end);
  std::optional<Place> found;
  const auto done = visit(*run, run->point.index, [&](const Place& place, const EntryPtr& entry) {
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
  return Run{found->place, run->point, std::min(run->end, found->place.live_end), found->ballots};
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
  return Run{found->place, run->point, std::min(run->end, found->place.live_end), found->ballots};
}

// Entries that the segment cannot give back come from its repair file. Behind them it goes on at the next one that is
// whole and has the ballot that the log has there: what was unreadable may have been a truncation, too, and an older
// entry before it or behind it is not the one that is looked for.
Result<void> EntryReader::visit(const Run& run, Index needed, const Visit& visit) {
  const SegmentHeader& header = run.place.header;
  const std::uint64_t end = run.place.end - header.start;
  RecordReader records(header, run.point.position, [&](std::uint64_t position, std::size_t count) {
    return files_.view(header, position, count, end);
  });
  Place place{.index = run.point.index, .offset = run.point.offset};
  const auto pass = [&](const EntryPtr& entry) {
    if (!visit(place, entry)) return false;
    place.offset += entry->message_count();
    ++place.index;
    return true;
  };
  while (place.index < run.end) {
    const auto stored = next_entry(records, run.ballots);
    if (!stored) return tl::unexpected(stored.error());
    const Index there = *stored ? std::min((*stored)->index(), run.end) : run.end;
    if (there < place.index) continue;
    while (place.index < there) {
      const EntryPtr repaired = repairs_.find(header, place.index);
      if (!repaired && place.index >= needed) return damaged(header, place.index, there - 1);
      if (!repaired) {
        ++place.index;
      } else if (!pass(repaired)) {
        return {};
      }
    }
    if (place.index < run.end && !pass(*(*stored)->entry())) return {};
  }
  return {};
}

Result<std::optional<StoredRecord>> EntryReader::next_entry(RecordReader& records,
                                                            const replication::BallotRuns& ballots) {
  broken_at_ = 0;
  for (;;) {
    auto stored = records.next();
    if ((!stored || !*stored) && broken_at_ == 0) broken_at_ = records.position();
    if (!stored) {
      if (stored.error().code == std::errc::io_error) return std::nullopt;  // the disk has given it up
      return stored;
    }
    if (*stored) {
      if (is_of(ballots, **stored)) return stored;
      continue;
    }
    const auto found = records.skip_to_next();
    if (!found || !*found) return std::nullopt;
  }
}

tl::unexpected<Error> EntryReader::damaged(const SegmentHeader& segment, Index first, Index last) {
  const std::string range = first == last
                                ? "entry " + std::to_string(first)
                                : "entries " + std::to_string(first) + " to " + std::to_string(last);
  met_ = {.first = first,
          .last = last,
          .what = range + " cannot be read back from " + segment_name(segment.number) +
                  ": the file is damaged at byte " +
                  std::to_string(broken_at_ - std::min(segment.start, broken_at_))};
  return tl::unexpected(Error{LogError::damaged, met_.what});
}

}  // namespace bellwether::storage
