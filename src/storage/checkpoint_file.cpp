#include "storage/checkpoint_file.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <string_view>
#include <utility>

#include "base/assert.hpp"
#include "base/little_endian.hpp"
#include "protocol/entry_fields.hpp"
#include "state/state_encoding.hpp"
#include "storage/file_names.hpp"
#include "storage/side_file.hpp"

namespace bellwether::storage {
namespace {

constexpr std::string_view magic = "BELLWCKP";
constexpr std::string_view suffix = ".checkpoint";
constexpr std::uint32_t version = 2;
constexpr std::uint32_t version_without_base = 1;
constexpr std::size_t run_bytes = 32;
constexpr std::size_t state_bytes_at = 32;
constexpr std::size_t is_for_base_at = 40;
constexpr std::uint64_t file_bytes_max = std::uint64_t{1} << 30;  // far more than the state's bounds allow

tl::unexpected<Error> broken(Index index, const std::string& why) {
  return failure(std::errc::bad_message, checkpoint_name(index) + " cannot be used: " + why);
}

void put_run(FieldWriter& out, Index first, const Ballot& ballot) {
  out.put(first);
  out.put(ballot.round);
  out.put(number(ballot.id));
  out.put(ballot.priority);
  out.put(std::uint32_t{0});
}

std::vector<std::byte> encode(LogId log, Index index, const replication::BallotRuns& ballots,
                              std::span<const std::byte> state, bool is_for_base) {
  BELLWETHER_ASSERT(ballots.last() == index);
  FieldWriter out;
  out.put(version);
  out.put(static_cast<std::uint32_t>(ballots.runs().size() + 1));
  out.put(static_cast<std::uint64_t>(log));
  out.put(index);
  out.put(static_cast<std::uint64_t>(state.size()));
  out.put(std::uint64_t{is_for_base ? 1u : 0u});
  for (int i = 0; i < 2; ++i) out.put(std::uint64_t{0});  // in reserve, and the sum's place
  put_run(out, ballots.base().index, ballots.base().ballot);
  for (const auto& run : ballots.runs()) put_run(out, run.first, run.ballot);
  std::vector<std::byte> bytes(magic.size() + out.bytes().size() + state.size());
  std::memcpy(bytes.data() + magic.size(), out.bytes().data(), out.bytes().size());
  std::ranges::copy(state, bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() - state.size()));
  seal_side_file(bytes, magic);
  return bytes;
}

std::optional<replication::BallotRuns> decode_runs(std::span<const std::byte> bytes, Index last,
                                                   bool has_base) {
  FieldReader in(bytes);
  std::vector<replication::BallotRuns::Run> runs;
  while (in.left() > 0) {
    replication::BallotRuns::Run run{};
    run.first = in.take<std::uint64_t>();
    run.ballot.round = in.take<std::uint64_t>();
    run.ballot.id = NodeId{in.take<std::uint64_t>()};
    run.ballot.priority = in.take<std::uint32_t>();
    if (in.take<std::uint32_t>() != 0) return {};
    runs.push_back(run);
  }
  replication::BallotRuns::Base base{};  // braces: GCC 12 leaves a nested class without them as it was
  if (has_base) {
    if (runs.empty()) return {};
    base = {.index = runs.front().first, .ballot = runs.front().ballot};
    runs.erase(runs.begin());
  }
  return replication::BallotRuns::of(std::move(runs), last, base);
}

Result<std::vector<std::byte>> read_bytes(Folder& folder, Index index) {
  return read_file(folder, checkpoint_name(index), file_bytes_max);
}

}  // namespace

std::string checkpoint_name(Index index) { return numbered_name(index, suffix); }

std::vector<std::byte> encode_checkpoint(LogId log, const EncodedCheckpoint& checkpoint) {
  return encode(log, checkpoint.index, checkpoint.ballots, std::as_bytes(std::span(checkpoint.state)), false);
}

std::vector<std::byte> encode_checkpoint(LogId log, const BaseCheckpoint& checkpoint) {
  const replication::Snapshot& base = *checkpoint.base;
  const replication::BallotRuns ballots({.index = base.index, .ballot = base.ballot});
  return encode(log, base.index, ballots, base.state.span(), true);
}

Result<StoredCheckpoint> decode_checkpoint(LogId log, Index index, std::span<const std::byte> bytes) {
  if (!has_side_header(bytes, magic)) {
    return broken(index, "it does not start as a checkpoint does");
  }
  if (!has_its_sum(bytes)) {
    return broken(index, "it fails its check");
  }
  const auto its_version = load_little_endian<std::uint32_t>(bytes.data() + 8);
  if (its_version != version && its_version != version_without_base)
    return broken(index, "its version is unknown");
  if (load_little_endian<std::uint64_t>(bytes.data() + 16) != static_cast<std::uint64_t>(log)) {
    return broken(index, "it belongs to another log");
  }
  const std::size_t runs_bytes = run_bytes * load_little_endian<std::uint32_t>(bytes.data() + 12);
  const auto state_bytes = load_little_endian<std::uint64_t>(bytes.data() + state_bytes_at);
  const auto body = bytes.subspan(side_header_bytes);
  if (load_little_endian<std::uint64_t>(bytes.data() + 24) != index || body.size() < runs_bytes ||
      body.size() - runs_bytes != state_bytes) {
    return broken(index, "it has not the size and index that it says");
  }
  auto runs = decode_runs(body.first(runs_bytes), index, its_version == version);
  if (!runs) return broken(index, "its ballots contradict themselves");
  auto state = state::decode_state(body.subspan(runs_bytes));
  if (!state) return broken(index, state.error().what);
  if (state->applied() != index) return broken(index, "its state is that of another entry");
  return StoredCheckpoint{
      .checkpoint = {.ballots = *std::move(runs), .state = *std::move(state)},
      .is_for_base = load_little_endian<std::uint64_t>(bytes.data() + is_for_base_at) != 0};
}

Result<void> write_checkpoint(Folder& folder, LogId log, const EncodedCheckpoint& checkpoint) {
  const auto bytes = encode_checkpoint(log, checkpoint);
  const Piece piece(bytes);
  return replace_file(folder, checkpoint_name(checkpoint.index), {&piece, 1});
}

Result<void> write_checkpoint(Folder& folder, LogId log, const BaseCheckpoint& checkpoint) {
  const auto bytes = encode_checkpoint(log, checkpoint);
  const Piece piece(bytes);
  return replace_file(folder, checkpoint_name(checkpoint.base->index), {&piece, 1});
}

Result<std::vector<Index>> list_checkpoints(Folder& folder) {
  const auto names = folder.list();
  if (!names) return tl::unexpected(names.error());
  std::vector<Index> found;
  for (const std::string& name : *names) {
    if (const auto index = number_in_name(name, suffix)) found.push_back(*index);
  }
  std::ranges::sort(found, std::greater());
  return found;
}

Result<StoredCheckpoint> read_checkpoint(Folder& folder, LogId log, Index index) {
  const auto bytes = read_bytes(folder, index);
  if (!bytes) return tl::unexpected(bytes.error());
  return decode_checkpoint(log, index, *bytes);
}

Result<replication::SnapshotPtr> read_snapshot(Folder& folder, LogId log, Index index) {
  const auto bytes = read_bytes(folder, index);
  if (!bytes) return tl::unexpected(bytes.error());
  const auto stored = decode_checkpoint(log, index, *bytes);
  if (!stored) return tl::unexpected(stored.error());
  const auto state_bytes = load_little_endian<std::uint64_t>(bytes->data() + state_bytes_at);
  const std::span<const std::byte> state = std::span(*bytes).last(static_cast<std::size_t>(state_bytes));
  const std::string_view text(reinterpret_cast<const char*>(state.data()), state.size());
  return std::make_shared<const replication::Snapshot>(replication::Snapshot{
      .index = index, .ballot = stored->checkpoint.ballots.last_ballot(), .state = Bytes::copy_of(text)});
}

}  // namespace bellwether::storage
