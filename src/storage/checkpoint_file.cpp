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
constexpr std::uint32_t version = 1;
constexpr std::size_t run_bytes = 32;
constexpr std::size_t kept_max = 2;
constexpr std::uint64_t file_bytes_max = std::uint64_t{1} << 30;  // far more than the state's bounds allow

tl::unexpected<Error> broken(Index index, const std::string& why) {
  return failure(std::errc::bad_message, checkpoint_name(index) + " cannot be used: " + why);
}

std::optional<replication::BallotRuns> decode_runs(std::span<const std::byte> bytes, Index last) {
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
  return replication::BallotRuns::of(std::move(runs), last);
}

}  // namespace

std::string checkpoint_name(Index index) { return numbered_name(index, suffix); }

std::vector<std::byte> encode_checkpoint(LogId log, const EncodedCheckpoint& checkpoint) {
  BELLWETHER_ASSERT(checkpoint.ballots.last() == checkpoint.index);
  const auto& runs = checkpoint.ballots.runs();
  FieldWriter out;
  out.put(version);
  out.put(static_cast<std::uint32_t>(runs.size()));
  out.put(static_cast<std::uint64_t>(log));
  out.put(checkpoint.index);
  out.put(static_cast<std::uint64_t>(checkpoint.state.size()));
  for (int i = 0; i < 3; ++i) out.put(std::uint64_t{0});  // two in reserve, and the sum's place
  for (const auto& run : runs) {
    out.put(run.first);
    out.put(run.ballot.round);
    out.put(number(run.ballot.id));
    out.put(run.ballot.priority);
    out.put(std::uint32_t{0});
  }
  std::vector<std::byte> bytes(magic.size() + out.bytes().size() + checkpoint.state.size());
  std::memcpy(bytes.data() + magic.size(), out.bytes().data(), out.bytes().size());
  std::memcpy(bytes.data() + magic.size() + out.bytes().size(), checkpoint.state.data(),
              checkpoint.state.size());
  seal_side_file(bytes, magic);
  return bytes;
}

Result<replication::Checkpoint> decode_checkpoint(LogId log, Index index, std::span<const std::byte> bytes) {
  if (!has_side_header(bytes, magic)) {
    return broken(index, "it does not start as a checkpoint does");
  }
  if (!has_its_sum(bytes)) {
    return broken(index, "it fails its check");
  }
  if (load_little_endian<std::uint32_t>(bytes.data() + 8) != version)
    return broken(index, "its version is unknown");
  if (load_little_endian<std::uint64_t>(bytes.data() + 16) != static_cast<std::uint64_t>(log)) {
    return broken(index, "it belongs to another log");
  }
  const std::size_t runs_bytes = run_bytes * load_little_endian<std::uint32_t>(bytes.data() + 12);
  const auto state_bytes = load_little_endian<std::uint64_t>(bytes.data() + 32);
  const auto body = bytes.subspan(side_header_bytes);
  if (load_little_endian<std::uint64_t>(bytes.data() + 24) != index || body.size() < runs_bytes ||
      body.size() - runs_bytes != state_bytes) {
    return broken(index, "it has not the size and index that it says");
  }
  auto runs = decode_runs(body.first(runs_bytes), index);
  if (!runs) return broken(index, "its ballots contradict themselves");
  auto state = state::decode_state(body.subspan(runs_bytes));
  if (!state) return broken(index, state.error().what);
  if (state->applied() != index) return broken(index, "its state is that of another entry");
  return replication::Checkpoint{.ballots = *std::move(runs), .state = *std::move(state)};
}

Result<void> write_checkpoint(Folder& folder, LogId log, const EncodedCheckpoint& checkpoint) {
  const auto bytes = encode_checkpoint(log, checkpoint);
  const Piece piece(bytes);
  if (auto written = replace_file(folder, checkpoint_name(checkpoint.index), {&piece, 1}); !written)
    return written;
  const auto all = list_checkpoints(folder);
  if (!all) return tl::unexpected(all.error());
  for (std::size_t i = kept_max; i < all->size(); ++i) {
    if (auto removed = folder.remove(checkpoint_name((*all)[i])); !removed) return removed;
  }
  return {};
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

Result<replication::Checkpoint> read_checkpoint(Folder& folder, LogId log, Index index) {
  const auto bytes = read_file(folder, checkpoint_name(index), file_bytes_max);
  if (!bytes) return tl::unexpected(bytes.error());
  return decode_checkpoint(log, index, *bytes);
}

}  // namespace bellwether::storage
