#include "storage/salvage.hpp"

#include "state/state_encoding.hpp"
#include "storage/batch_encoder.hpp"
#include "storage/checkpoint_file.hpp"
#include "storage/index_file.hpp"
#include "storage/segment_supply.hpp"

namespace bellwether::storage {
namespace {

// If only the process had died, what was read may be in the system's memory alone.
Result<void> sync_segment(Folder& folder, const SegmentHeader& segment) {
  const auto disk = folder.open(segment_name(segment.number));
  if (!disk) return tl::unexpected(disk.error());
  return (*disk)->sync();
}

Result<void> write_checkpoint_at(Folder& folder, LogId log, const replication::StableState& state) {
  EncodedCheckpoint checkpoint{
      .index = state.decided(), .ballots = state.ballots(), .state = state::encode(state.decided_state())};
  if (state.last() > state.decided()) checkpoint.ballots.truncate(state.decided() + 1);
  return write_checkpoint(folder, log, checkpoint);
}

}  // namespace

std::size_t entries_that_fit(const std::deque<EntryPtr>& entries, std::uint64_t segment_bytes) {
  std::uint64_t room = segment_bytes - segment_header_bytes - record_header_bytes - opening_bytes;
  std::size_t count = 0;
  // One record more has to find room behind them: the next one's ending, and a mark.
  const std::uint64_t behind = ending_record_bytes + record_header_bytes;
  while (count < entries.size() && stored_bytes(*entries[count]) + behind <= room) {
    room -= stored_bytes(*entries[count]);
    ++count;
  }
  return count;
}

Result<void> carry_out(Folder& folder, const Salvage& salvage, const replication::StableState& state,
                       FileId file) {
  if (auto synced = sync_segment(folder, salvage.newest); !synced) return synced;
  const Index covered = salvage.opening.last;
  if (covered > salvage.checkpoint) {
    if (auto written = write_checkpoint_at(folder, salvage.newest.log, state); !written) return written;
  }
  const SegmentHeader header = header_after(salvage.newest, salvage.newest.bytes, file);
  BatchEncoder batch(header.file, header.records_start(), header.records_start());
  batch.add_opening(salvage.opening);
  Index index = covered;
  for (const EntryPtr& entry : state.undecided()) batch.add_entry(++index, *entry);
  if (auto made = make_segment(folder, header, batch.pieces()); !made)
    return tl::unexpected(std::move(made.error()));
  // An index that is missing is made out of what can be read of its segment.
  if (salvage.keeps_some) (void)write_index(folder, salvage.newest, salvage.kept);
  return {};
}

}  // namespace bellwether::storage
