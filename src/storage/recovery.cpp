#include "storage/recovery.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "storage/file_window.hpp"

namespace bellwether::storage {
namespace {

constexpr std::size_t checked_bytes = record_header_bytes + guarded_payload_bytes;

struct StoredRecord {
  RecordHeader header;
  std::optional<replication::Record> record;  // none: a mark
};

// What is behind the last good record.
struct Rest {
  std::uint64_t end_of_garbage = 0;      // behind the last byte that is not zero; 0: only zeros
  std::uint64_t greatest_synced_to = 0;  // of the valid records in it
};

class Recovery {
 public:
  Recovery(Disk& disk, const std::function<void(double)>& progress)
      : disk_(disk), window_(disk), progress_(progress) {}

  Result<Recovered> run();

 private:
  Result<void> read_file_header();
  Result<void> replay_records();
  Result<std::optional<StoredRecord>> read_record(std::uint64_t position);
  Result<void> replay(const StoredRecord& stored);
  void place(const replication::Record& record);
  void pass(const RecordHeader& header);
  Result<Rest> examine_rest(std::uint64_t from);
  void examine_part(std::uint64_t position, const Bytes& part, std::size_t candidates, Rest& rest) const;
  Result<void> settle_end();

  tl::unexpected<Error> damaged(std::uint64_t position, const std::string& what) const;

  Disk& disk_;
  FileWindow window_;
  const std::function<void(double)>& progress_;
  std::uint64_t progress_at_ = 0;
  Recovered recovered_;
};

Result<Recovered> Recovery::run() {
  if (auto done = read_file_header(); !done) return tl::unexpected(std::move(done.error()));
  if (auto done = replay_records(); !done) return tl::unexpected(std::move(done.error()));
  if (auto done = settle_end(); !done) return tl::unexpected(std::move(done.error()));
  return std::move(recovered_);
}

Result<void> Recovery::read_file_header() {
  const auto bytes = window_.view(0, file_header_bytes);
  if (!bytes) return tl::unexpected(bytes.error());
  const auto id = decode_file_header(bytes->span());
  if (!id) return failure(id.error().code, disk_.name() + " cannot be used: " + id.error().what);
  recovered_.end = {.file = *id, .position = file_header_bytes, .told_to = file_header_bytes};
  return {};
}

Result<void> Recovery::replay_records() {
  for (;;) {
    auto stored = read_record(recovered_.end.position);
    if (!stored) return tl::unexpected(std::move(stored.error()));
    if (!stored->has_value()) return {};
    if (auto done = replay(**stored); !done) return done;
    pass((*stored)->header);
    if (progress_ && recovered_.end.position >= progress_at_) {
      progress_at_ = recovered_.end.position + FileWindow::window_bytes;
      progress_(static_cast<double>(recovered_.end.position) / static_cast<double>(window_.file_bytes()));
    }
  }
}

void Recovery::pass(const RecordHeader& header) {
  auto& [file, position, told_to] = recovered_.end;
  const std::uint64_t next = position + header.bytes();
  // A mark right behind what it vouches for leaves nothing to tell: not one more mark at each start.
  const bool tells_all = header.kind == RecordKind::mark && header.synced_to == position;
  told_to = std::max(told_to, tells_all ? next : header.synced_to);
  position = next;
  ++recovered_.report.records;
}

// None: no valid record starts there.
Result<std::optional<StoredRecord>> Recovery::read_record(std::uint64_t position) {
  const auto front = window_.view(position, checked_bytes);
  if (!front) return tl::unexpected(front.error());
  const auto header = decode_record_header(recovered_.end.file, position, front->span());
  if (!header) return std::nullopt;
  if (header->kind == RecordKind::mark) return StoredRecord{*header, std::nullopt};

  const auto payload = window_.view(position + record_header_bytes, header->payload_bytes);
  if (!payload) return tl::unexpected(payload.error());
  if (payload->size() < header->payload_bytes) return std::nullopt;
  auto record = decode_payload(header->kind, *payload);
  if (!record) return std::nullopt;  // the header is whole and the entry behind it is not
  return StoredRecord{*header, *std::move(record)};
}

Result<void> Recovery::replay(const StoredRecord& stored) {
  if (!stored.record) return {};
  const auto replayed = recovered_.state.replay(*stored.record);
  if (!replayed) return damaged(recovered_.end.position, replayed.error().what);
  place(*stored.record);
  return {};
}

void Recovery::place(const replication::Record& record) {
  if (const auto* append = std::get_if<replication::AppendRecord>(&record)) {
    const Entry& entry = *append->entries.front();
    recovered_.index.append(recovered_.end.position + record_header_bytes + index_bytes,
                            static_cast<std::uint32_t>(entry.encoded_bytes), entry.message_count());
  } else if (const auto* truncate = std::get_if<replication::TruncateRecord>(&record)) {
    recovered_.index.truncate(truncate->from);
  }
}

// Looks at every byte: the sizes of damaged records cannot be followed. Messages that happen to look like
// records do no harm, as their sums would have to fit a random file id and their place.
Result<Rest> Recovery::examine_rest(std::uint64_t from) {
  constexpr std::size_t overlap =
      checked_bytes - 1;  // so that a record on the border of two parts is seen whole
  constexpr std::size_t step = FileWindow::window_bytes - overlap;
  Rest rest;
  for (std::uint64_t position = from; position < window_.file_bytes(); position += step) {
    const auto part = window_.view(position, FileWindow::window_bytes);
    if (!part) return tl::unexpected(part.error());
    examine_part(position, *part, std::min(step, part->size()), rest);
  }
  return rest;
}

void Recovery::examine_part(std::uint64_t position, const Bytes& part, std::size_t candidates,
                            Rest& rest) const {
  const std::string_view text = part.text();
  for (auto at = text.find(record_mark); at < candidates; at = text.find(record_mark, at + 1)) {
    const auto header = decode_record_header(recovered_.end.file, position + at, part.span().subspan(at));
    if (header) rest.greatest_synced_to = std::max(rest.greatest_synced_to, header->synced_to);
  }
  const auto last_byte = text.find_last_not_of('\0');
  if (last_byte != std::string_view::npos) rest.end_of_garbage = position + last_byte + 1;
}

Result<void> Recovery::settle_end() {
  const std::uint64_t end = recovered_.end.position;
  const auto rest = examine_rest(end);
  if (!rest) return tl::unexpected(rest.error());
  if (rest->greatest_synced_to > end) {
    return damaged(end, "a record there is broken, and later ones show that it had been stored whole");
  }
  recovered_.report.bytes = end;
  if (rest->end_of_garbage > 0) {
    // Cut, not skipped: were it left there, a later record could end where a torn one begins and bring it
    // back.
    recovered_.report.torn_bytes = rest->end_of_garbage - end;
    if (auto cut = disk_.truncate(end); !cut) return cut;
  }
  return disk_.sync();  // the records may have come from memory alone, if only the process had died
}

tl::unexpected<Error> Recovery::damaged(std::uint64_t position, const std::string& what) const {
  return failure(std::errc::bad_message,
                 "the log " + disk_.name() + " is damaged at byte " + std::to_string(position) + ": " + what +
                     ". This node does not start on it. Move its data directory away and start it again: it "
                     "joins as a new member and gets everything from the others; then remove its old id");
}

}  // namespace

Result<void> format_log(Disk& disk, FileId id) {
  const auto header = encode_file_header(id);
  const Piece piece(header);
  if (auto reserved = disk.reserve(piece.size()); !reserved) return reserved;
  if (auto written = disk.write(0, {&piece, 1}); !written) return written;
  return disk.sync();
}

Result<Recovered> recover_log(Disk& disk, const std::function<void(double)>& progress) {
  return Recovery(disk, progress).run();
}

}  // namespace bellwether::storage
