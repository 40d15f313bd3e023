#include "world/read_back.hpp"

#include <algorithm>
#include <future>
#include <utility>
#include <vector>

#include "storage/entry_reader.hpp"

namespace bellwether::simulation {

using storage::Damage;
using storage::EntryReader;

namespace {

constexpr std::size_t bytes_of_a_read = 2'000;

Result<std::vector<EntryPtr>> wait_for(EntryReader& reader, Index from, Index end) {
  std::promise<Result<std::vector<EntryPtr>>> read;
  reader.read(from, end, bytes_of_a_read,
              [&](Result<std::vector<EntryPtr>> done) { read.set_value(std::move(done)); });
  return read.get_future().get();
}

}  // namespace

ReadBack read_back(storage::LogFiles& log, Index last) {
  ReadBack back;
  Damage met;
  EntryReader reader(
      log.folder(), log.map(), [](const storage::SegmentHeader&, const storage::SegmentIndex&) {},
      [&](const Damage& damage) { met = damage; });
  Index next = log.map().base().index + 1;
  while (next <= last) {
    met = {};
    const auto read = wait_for(reader, next, last + 1);
    if (read) {
      for (const EntryPtr& entry : *read) back.entries[next++] = entry;
      continue;
    }
    for (Index index = met.first; index > 0 && index <= std::min(met.last, last); ++index)
      back.damaged.insert(index);
    next = std::max(next, met.last) + 1;
  }
  return back;
}

}  // namespace bellwether::simulation
