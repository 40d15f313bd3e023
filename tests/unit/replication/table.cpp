#include "table.hpp"

#include <iterator>
#include <string>
#include <utility>

namespace bellwether::replication {

Table::Table(NodeId self, std::uint64_t voters, std::uint64_t learners, state::ProducerLimits limits)
    : self_(self), stable_(limits) {
  const Ballot first = ballot(1, n1);
  AppendRecord log{.first = 1, .entries = {}};
  const auto append = [&](EntryContent content) {
    log.entries.push_back(make_entry(log.entries.size() + 1, first, 0, std::move(content)));
  };
  append(InitCluster{.cluster = "c", .token = "t1", .address = "a1:1", .priority = 0});
  for (std::uint64_t i = 2; i <= voters + learners; ++i) {
    const std::string name = std::to_string(i);
    append(AddMember{.id = NodeId{i},
                     .token = "t" + name,
                     .address = "a" + name + ":1",
                     .priority = 0,
                     .stays_learner = false});
    if (i <= voters) append(PromoteMember{NodeId{i}});
  }
  formed = log.entries.size();
  EXPECT_TRUE(stable_.replay(PromiseRecord{first}));
  EXPECT_TRUE(stable_.replay(log));
  EXPECT_TRUE(stable_.replay(DecidedRecord{formed}));
  restart();
}

Options Table::options() const {
  Options options;
  options.self = self_;
  return options;
}

void Table::restart() {
  unsynced_.clear();
  messages_.clear();
  written_.clear();
  replica = std::make_unique<Replica>(options(), stable_, now_);
  take();
}

void Table::take() {
  Output output = replica->take_output();
  for (auto& record : output.records) {
    written_.push_back(record.record);
    unsynced_.push_back(std::move(record));
  }
  std::ranges::move(output.messages, std::back_inserter(messages_));
  if (output.installed) installed_ = output.installed->index;
  notices_ += output.notices.size();
  std::ranges::move(output.decided, std::back_inserter(decided_));
  std::ranges::move(output.repaired, std::back_inserter(repaired_));
  for (auto& answer : output.answers) {
    EXPECT_TRUE(answers_.emplace(answer.request, std::move(answer.answer)).second) << "answered twice";
  }
}

void Table::hear(NodeId from, Message message) {
  step([&](Replica& one) { one.on_message(from, std::move(message)); });
}

void Table::sync() {
  while (!unsynced_.empty()) {
    const RecordNumber upto = unsynced_.back().number;
    for (const auto& record : unsynced_) EXPECT_TRUE(stable_.replay(record.record));
    unsynced_.clear();
    step([upto](Replica& one) { one.on_durable(upto); });
  }
}

void Table::end_round() { pass(replica->deadline() - now_); }

void Table::pass(Ticks time) {
  now_ += time;
  step([&](Replica& one) { one.tick(now_, now_); });
}

void Table::answer_heartbeats(const std::vector<NodeId>& from, bool happy, bool connected) {
  const auto asked = sent<HeartbeatRequest>();
  for (const NodeId id : from) {
    for (const auto& [to, request] : asked) {
      if (to != id) continue;
      HeartbeatReply reply;
      reply.round = request.round;
      reply.ballot = ballot(0, id);
      reply.leader = replica->leader_ballot();
      reply.happy = happy;
      reply.quorum_connected = connected;
      reply.last = replica->last();
      hear(id, reply);
    }
  }
}

RequestId Table::append(ProducerId producer, Sequence sequence, std::uint32_t count) {
  const RequestId request{++last_request_};
  const Group group{.producer = producer, .sequence = sequence, .count = count, .bytes = 4 * count};
  step([&](Replica& one) { one.append(request, group, Bytes::copy_of(std::string(group.bytes, '\0'))); });
  return request;
}

RequestId Table::ask(void (*what)(Replica&, RequestId)) {
  const RequestId request{++last_request_};
  step([&](Replica& one) { what(one, request); });
  return request;
}

std::vector<Record> Table::written() { return std::exchange(written_, {}); }
std::vector<RepairedEntry> Table::repaired() { return std::exchange(repaired_, {}); }
std::vector<DecidedEntry> Table::decided() { return std::exchange(decided_, {}); }

std::optional<Answer> Table::answer_to(RequestId request) {
  const auto found = answers_.find(request);
  return found == answers_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<ErrorCode> Table::refusal_of(RequestId request) {
  const auto answer = answer_to(request);
  const auto* refused = answer ? std::get_if<Refused>(&*answer) : nullptr;
  return refused == nullptr ? std::nullopt : std::optional(refused->code);
}

void Table::make_leader(const std::vector<NodeId>& promisers) {
  for (int i = 0; i < 6 && replica->role() == Role::follower; ++i) {
    answer_heartbeats(promisers, false, false);
    end_round();
  }
  ASSERT_EQ(replica->role(), Role::candidate);
  sync();
  for (const NodeId id : promisers) {
    Promise promise;
    promise.ballot = replica->promised();
    promise.last = formed;
    promise.last_ballot = ballot(1, n1);
    promise.decided = formed;
    hear(id, promise);
  }
  ASSERT_EQ(replica->role(), Role::leader);
}

void Table::accept_all(NodeId from) {
  const Index last = replica->last();
  hear(from, Accepted{.ballot = replica->promised(), .durable_match = last, .match = last, .read = 0});
}

EntryRange Table::entries(Index previous, Ballot previous_ballot, const std::vector<Ballot>& ballots) const {
  EntryRange range{
      .previous = previous, .previous_ballot = previous_ballot, .end = previous + 1, .items = {}};
  for (const Ballot& one : ballots) range.items.push_back(make_entry(range.end++, one, 0, Noop{}));
  return range;
}

}  // namespace bellwether::replication
