#include "storage/entry_reader.hpp"

#include <memory>
#include <span>
#include <string>
#include <utility>

namespace bellwether::storage {
namespace {

// Between neighbours lie a record's header and some small records; what truncated entries left behind is
// worth a jump.
constexpr std::uint64_t gap_bytes_max = 64 * 1024;

std::uint64_t end_of(const EntryLocation& location) { return location.position + location.bytes; }

// How many entries from the front on lie so close together that one read gets them all.
std::size_t run_length(std::span<const EntryLocation> locations) {
  std::size_t count = 1;
  while (count < locations.size() &&
         locations[count].position - end_of(locations[count - 1]) <= gap_bytes_max) {
    ++count;
  }
  return count;
}

Result<Bytes> read_bytes(Disk& disk, std::uint64_t position, std::uint64_t count) {
  std::shared_ptr<std::byte[]> buffer(new std::byte[count]);
  const std::span<std::byte> space(buffer.get(), static_cast<std::size_t>(count));
  const auto filled = disk.read(position, space);
  if (!filled) return tl::unexpected(filled.error());
  return Bytes(std::move(buffer), space.first(*filled));
}

Result<EntryPtr> cut_out(const Disk& disk, Index index, const EntryLocation& location, const Bytes& bytes,
                         std::uint64_t bytes_position) {
  const auto from = static_cast<std::size_t>(location.position - bytes_position);
  const std::string place = "entry " + std::to_string(index) + " in " + disk.name() + " at byte " +
                            std::to_string(location.position);
  if (from + location.bytes > bytes.size()) return failure(std::errc::bad_message, place + " is cut off");
  auto entry = parse_entry(index, bytes.slice(from, location.bytes));
  if (!entry) return failure(entry.error().code, place + " cannot be read back: " + entry.error().what);
  return entry;
}

// Reads one run of neighbours and puts them behind the others.
Result<void> read_run(Disk& disk, Index first, std::span<const EntryLocation> run,
                      std::vector<EntryPtr>& entries) {
  const std::uint64_t position = run.front().position;
  const auto bytes = read_bytes(disk, position, end_of(run.back()) - position);
  if (!bytes) return tl::unexpected(bytes.error());
  for (const EntryLocation& location : run) {
    auto entry = cut_out(disk, first++, location, *bytes, position);
    if (!entry) return tl::unexpected(std::move(entry.error()));
    entries.push_back(*std::move(entry));
  }
  return {};
}

}  // namespace

void EntryReader::read(Request request) {
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
    const Request request = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    request.done(perform(request));
  }
}

Result<std::vector<EntryPtr>> EntryReader::perform(const Request& request) {
  std::vector<EntryPtr> entries;
  entries.reserve(request.locations.size());
  std::span<const EntryLocation> rest(request.locations);
  while (!rest.empty()) {
    const std::size_t count = run_length(rest);
    const Index first = request.first + entries.size();
    if (auto done = read_run(disk_, first, rest.first(count), entries); !done) {
      return tl::unexpected(std::move(done.error()));
    }
    rest = rest.subspan(count);
  }
  return entries;
}

}  // namespace bellwether::storage
