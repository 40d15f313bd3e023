#include "world/story.hpp"

#include <cstdio>
#include <optional>
#include <string>
#include <variant>

#include "world/violation.hpp"

namespace bellwether::simulation {

namespace {

std::string range(const EntryRange& entries) {
  return " entries [" + std::to_string(entries.previous + 1) + "," + std::to_string(entries.end) +
         ") after " + text(entries.previous_ballot);
}

std::string end(Index last, Ballot last_ballot, Index decided) {
  return " last " + std::to_string(last) + text(last_ballot) + " decided " + std::to_string(decided);
}

std::string name(const std::optional<SnapshotName>& snapshot) {
  if (!snapshot) return "";
  return " snapshot of " + std::to_string(snapshot->index) + text(snapshot->last_ballot) + " with " +
         std::to_string(snapshot->total) + " bytes";
}

std::string position(const std::optional<SnapshotPosition>& snapshot) {
  if (!snapshot) return "";
  return " snapshot of " + std::to_string(snapshot->index) + " from byte " +
         std::to_string(snapshot->position);
}

struct Words {
  std::string operator()(const HeartbeatRequest& m) const {
    return "heartbeat? " + std::to_string(m.round) + (m.lost ? " lost " + text(*m.lost) : "");
  }
  std::string operator()(const HeartbeatReply& m) const {
    return "heartbeat! " + std::to_string(m.round) + " ballot " + text(m.ballot) + " leader " +
           text(m.leader) + (m.happy ? " happy" : "") + (m.quorum_connected ? " connected" : "");
  }
  std::string operator()(const Prepare& m) const {
    return "prepare " + text(m.ballot) + end(m.last, m.last_ballot, m.decided);
  }
  std::string operator()(const Promise& m) const {
    return "promise " + text(m.ballot) + end(m.last, m.last_ballot, m.decided) +
           (m.missing ? range(*m.missing) : "") + name(m.snapshot);
  }
  std::string operator()(const Pull& m) const {
    return "pull " + text(m.ballot) + end(m.last, m.last_ballot, m.decided) + position(m.snapshot);
  }
  std::string operator()(const Suffix& m) const {
    return "suffix " + text(m.ballot) + range(m.entries) + name(m.snapshot);
  }
  std::string operator()(const SnapshotChunk& m) const {
    return "snapshot " + text(m.ballot) + name(m.of) + " bytes [" + std::to_string(m.position) + "," +
           std::to_string(m.position + m.bytes.size()) + ") decided " + std::to_string(m.decided) + " read " +
           std::to_string(m.read);
  }
  std::string operator()(const Accept& m) const {
    return "accept " + text(m.ballot) + range(m.entries) + " decided " + std::to_string(m.decided) +
           " read " + std::to_string(m.read);
  }
  std::string operator()(const Accepted& m) const {
    return "accepted " + text(m.ballot) + " durable " + std::to_string(m.durable_match) + " match " +
           std::to_string(m.match) + " read " + std::to_string(m.read) + position(m.snapshot);
  }
  std::string operator()(const Mismatch& m) const {
    return "mismatch " + text(m.ballot) + end(m.last, m.last_ballot, m.decided);
  }
  std::string operator()(const Nack& m) const {
    return "nack " + text(m.ballot) + " promised " + text(m.promised);
  }
  std::string operator()(const TakeOver& m) const { return "take over " + text(m.ballot); }
  std::string operator()(const Removed&) const { return "removed"; }
  std::string operator()(const ReadIndexRequest& m) const {
    return "read index? " + std::to_string(m.request);
  }
  std::string operator()(const ReadIndexReply& m) const {
    return "read index! " + std::to_string(m.request) + " " + std::to_string(m.index);
  }
  std::string operator()(const Fetch& m) const {
    return "fetch " + std::to_string(m.first) + " to " + std::to_string(m.last);
  }
  std::string operator()(const Entries& m) const { return range(m.entries).substr(1); }
};

struct AnswerWords {
  std::string operator()(const replication::AppendDone& done) const {
    return "appended at index " + std::to_string(done.index) +
           (done.offset ? " offset " + std::to_string(*done.offset) : " at a forgotten place");
  }
  std::string operator()(const replication::RegisterDone& done) const {
    return "producer " + std::to_string(number(done.producer));
  }
  std::string operator()(const replication::ReadDone& done) const {
    return "read up to " + std::to_string(done.index);
  }
  std::string operator()(const replication::JoinDone& done) const { return "joined as " + text(done.id); }
  std::string operator()(const replication::AdminDone&) const { return "done"; }
  std::string operator()(const replication::Refused& refused) const {
    return "refused, " + std::string(to_string(refused.code)) +
           (refused.leader == nobody ? "" : ", node " + text(refused.leader) + " leads");
  }
};

}  // namespace

std::string text(const Message& message) { return std::visit(Words{}, message); }

std::string text(const replication::Answer& answer) { return std::visit(AnswerWords{}, answer); }

std::string text(const Disk& disk) {
  return "on disk promise " + text(disk.stable().promised()) + ", " + std::to_string(disk.stable().last()) +
         " entries, " + std::to_string(disk.log().base()) + " of them dropped, " +
         std::to_string(disk.stable().decided()) + " known as decided";
}

const char* name_of(replication::Room room) {
  switch (room) {
    case replication::Room::enough:
      return "enough";
    case replication::Room::low:
      return "hardly any";
    case replication::Room::none:
      return "no";
  }
  return "?";
}

const char* name_of(replication::Role role) {
  constexpr const char* names[] = {"follower", "candidate", "leader"};
  return names[static_cast<int>(role)];
}

void print_line(Ticks at, const std::string& line) {
  std::printf("%10.2f  %s\n", static_cast<double>(at) / static_cast<double>(heartbeat), line.c_str());
}

}  // namespace bellwether::simulation
