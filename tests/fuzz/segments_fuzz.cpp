// A node's segment, through the recovery of a start: records of every kind with any values and sums that fit, and whatever
// bytes behind them. It is refused, or opened; what was opened opens again, and says the same.
#include <array>
#include <deque>

#include "base/assert.hpp"
#include "input.hpp"
#include "memory_folder.hpp"
#include "protocol/entry.hpp"
#include "storage/batch_encoder.hpp"
#include "storage/log_opening.hpp"

namespace {

using namespace bellwether;
using namespace bellwether::storage;

constexpr std::size_t segment_bytes = 16 * 1024;
constexpr std::size_t records_max = 48;
constexpr FileId file{7};
constexpr SegmentHeader header{
    .log = LogId{3}, .number = 1, .file = file, .start = 0, .bytes = segment_bytes};

Ballot ballot_of(fuzz::Input& input) {
  return {.round = input.number(), .priority = input.byte(), .id = NodeId{input.number()}};
}

// Such as fit behind any other entry. What a leader would never append (a group of a producer that nobody registered, a member
// that is there already) is not for a start to judge.
EntryContent content_of(fuzz::Input& input, std::vector<Bytes>& messages) {
  switch (input.byte() % 3) {
    case 1: {
      const std::string text = input.text(input.byte() % 16);
      const Group group{.producer = no_producer,
                        .sequence = 0,
                        .count = 1,
                        .bytes = static_cast<std::uint32_t>(4 + text.size())};
      std::string message(4, '\0');
      message[0] = static_cast<char>(text.size());
      messages.push_back(Bytes::copy_of(message + text));
      return Batch{{group}};
    }
    case 2:
      return RegisterProducer{};
    default:
      return Noop{};
  }
}

// The bytes of a segment that a script of the input's records makes.
class Script {
 public:
  explicit Script(fuzz::Input& input)
      : input_(input), encoder_(file, header.records_start(), header.records_start()) {}

  memory::Contents segment() {
    Opening opening;
    if (input_.byte() % 8 == 7) opening = any_opening();
    encoder_.add_opening(opening);
    for (std::size_t i = 0; i < records_max && !input_.is_empty() && input_.byte() != 255; ++i) add_record();
    memory::Contents contents;
    const auto head = encode_segment_header(header);
    contents.insert(contents.end(), head.begin(), head.end());
    for (const Piece& piece : encoder_.pieces()) contents.insert(contents.end(), piece.begin(), piece.end());
    const auto behind = input_.piece(segment_bytes);
    contents.insert(contents.end(), behind.begin(), behind.end());
    contents.resize(segment_bytes);
    return contents;
  }

 private:
  Opening any_opening() {
    Opening opening;
    opening.promised = ballot_of(input_);
    opening.decided = input_.number();
    opening.base = {.index = input_.number(), .ballot = ballot_of(input_), .next_offset = input_.number()};
    opening.checkpoint = input_.number();
    opening.last = input_.number();
    opening.last_ballot = ballot_of(input_);
    opening.next_offset = input_.number();
    opening.lost = {.ballot = ballot_of(input_), .index = input_.number()};
    opening.removed = input_.byte() % 2 == 1;
    return opening;
  }

  void add_record() {
    switch (input_.byte() % 10) {
      case 0:
        return encoder_.add(replication::PromiseRecord{ballot_of(input_)});
      case 1:
        return encoder_.add_truncate(input_.number(), input_.number());
      case 2:
        return encoder_.add(replication::DecidedRecord{input_.number()});
      case 3:
        return encoder_.add(replication::RemovedRecord{});
      case 4:
        return encoder_.add(replication::LostRecord{{.ballot = ballot_of(input_), .index = input_.number()}});
      case 5:
        return encoder_.add_base(
            input_.byte() % 2 == 1 ? RecordKind::compact : RecordKind::install,
            {.index = input_.number(), .ballot = ballot_of(input_), .next_offset = input_.number()});
      case 6:
        return encoder_.add_mark();
      default:
        return add_entry();
    }
  }

  // Mostly the one that comes next.
  void add_entry() {
    const std::uint8_t jump = input_.byte();
    const Index index = jump < 200 ? next_ : input_.number();
    next_ = index + 1;
    std::vector<Bytes> messages;
    const Ballot ballot = ballot_of(input_);
    EntryContent content = content_of(input_, messages);
    entries_.push_back(make_entry(index, ballot, 0, std::move(content), std::move(messages)));
    encoder_.add_entry(index, *entries_.back());
  }

  fuzz::Input& input_;
  BatchEncoder encoder_;
  std::deque<EntryPtr> entries_;  // whose bytes the encoder points to
  Index next_ = 1;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  LogOptions options;
  options.segment_bytes = segment_bytes;
  options.may_create = false;
  options.self = NodeId{1};
  options.has_others = input.byte() % 2 == 1;
  std::uint64_t drawn = 100;
  options.draw_id = [&drawn] { return ++drawn; };
  Script script(input);
  memory::MemoryFolder folder({{segment_name(1), script.segment()}});
  const auto first = open_log(folder.folder(), options, {});
  if (!first) return 0;
  memory::MemoryFolder same(folder.written());
  const auto second = open_log(same.folder(), options, {});
  BELLWETHER_ASSERT(second.has_value());
  BELLWETHER_ASSERT(second->state.last() == first->state.last());
  BELLWETHER_ASSERT(second->state.promised() == first->state.promised());
  return 0;
}
