// The runtime's part in messages and answers.
#include <algorithm>
#include <variant>

#include "world/byte_disk.hpp"
#include "world/cluster.hpp"
#include "world/story.hpp"
#include "world/violation.hpp"

namespace bellwether::simulation {

using replication::Answer;
using replication::AppendDone;
using replication::ReadDone;
using replication::Refused;
using replication::RegisterDone;
using replication::Replica;
using replication::RequestId;

namespace {

// Reordering makes bursts of some thousands (whole windows are sent again); what multiplies without end
// passes this too.
constexpr std::uint64_t in_flight_max = 20'000;

EntryRange* range_of(Message& message) {
  if (auto* accept = std::get_if<Accept>(&message)) return &accept->entries;
  if (auto* suffix = std::get_if<Suffix>(&message)) return &suffix->entries;
  if (auto* entries = std::get_if<Entries>(&message)) return &entries->entries;
  if (auto* promise = std::get_if<Promise>(&message)) return promise->missing ? &*promise->missing : nullptr;
  return nullptr;
}

}  // namespace

// ---- messages

// Entries that were truncated or dropped since the core named them can't be attached: the message is dropped.
bool Cluster::attach(const Machine& from, Message& message) {
  EntryRange* range = range_of(message);
  if (range == nullptr) return true;
  const auto& log = from.memory;
  if (range->end - 1 > log.size() || range->previous < log.base()) return false;
  if (log.ballot_at(range->previous) != range->previous_ballot) return false;
  const bool goes_wrong = shape.life.mutant == Mutant::wrong_entries_attached && range->previous > log.base();
  const Index shift = goes_wrong ? 1 : 0;
  for (Index index = range->previous + 1; index < range->end; ++index)
    range->items.push_back(log[index - 1 - shift]);
  return true;
}

// A runtime reads old entries from its disk and sends what fits one packet: less than the core asked for. The
// rest of an accept follows behind it; a candidate asks for the rest of a suffix or promise itself.
std::optional<Message> Cluster::cut_somewhere(Message& message) {
  EntryRange* range = range_of(message);
  if (range == nullptr || range->items.size() < 2 || !random.chance(0.1)) return std::nullopt;
  const std::size_t kept = 1 + random.below(range->items.size() - 1);
  std::optional<Message> rest;
  if (const auto* accept = std::get_if<Accept>(&message)) {
    Accept behind = *accept;
    behind.entries.previous += kept;
    behind.entries.previous_ballot = range->items[kept - 1]->ballot;
    behind.entries.items.erase(behind.entries.items.begin(),
                               behind.entries.items.begin() + static_cast<std::ptrdiff_t>(kept));
    rest = std::move(behind);
  }
  range->items.resize(kept);
  range->end = range->previous + 1 + kept;
  return rest;
}

void Cluster::tamper(const Machine& from, NodeId to, Message& message) {
  if (auto* accepted = std::get_if<Accepted>(&message);
      shape.life.mutant == Mutant::durable_match_is_match && accepted) {
    accepted->durable_match = accepted->match;
  }
  if (auto* accept = std::get_if<Accept>(&message);
      shape.life.mutant == Mutant::decided_exaggerated && accept) {
    accept->decided = from.replica->last();
  }
  auto* promise = std::get_if<Promise>(&message);
  if (promise == nullptr) return;
  Promise empty;
  empty.ballot = promise->ballot;
  if (shape.life.mutant == Mutant::promises_look_empty) *promise = empty;
  if (shape.life.mutant != Mutant::promises_forged) return;
  for (const auto& [id, machine] : machines_) {
    if (id == from.id || id == to) continue;
    after(unit, [this, id = id, to, empty] { deliver(id, to, std::make_shared<const Message>(empty)); });
    return;
  }
}

void Cluster::send(Machine& from, NodeId to, Message message) {
  note(number(from.id) << 32 | number(to) << 16 | message.index());
  if (shape.life.mutant == Mutant::none) checkers_.on_message(from, to, message, now());
  const EntryRange* range = range_of(message);
  if (range != nullptr) check_range(from, message, *range);
  if (range == nullptr || !network.reads_late()) return dispatch(from, to, std::move(message));
  const auto delay = units(random.between(0.5, 15));
  after(delay, [this, id = from.id, to, incarnation = from.incarnation, promised = from.replica->promised(),
                message = std::move(message)]() mutable {
    Machine& reading = machines_.at(id);
    if (reading.incarnation != incarnation || reading.paused) return;
    if (reading.replica->promised() == promised) dispatch(reading, to, std::move(message));
  });
}

// Section 2: a range that the core names is in its log, with these ballots around it. What a promise names was
// there when the prepare came (D6).
void Cluster::check_range(const Machine& from, const Message& message, const EntryRange& range) const {
  const auto refuse = [&](const char* what) {
    fail("range: node " + text(from.id) + " names entries " + what + ": " + text(message));
  };
  if (!range.items.empty() || range.end <= range.previous) refuse("that make no sense");
  if (range.end - 1 - range.previous > shape.chunk_entries) refuse("of more than a chunk");
  if (std::holds_alternative<Promise>(message)) return;
  if (range.end - 1 > from.memory.size()) refuse("that it doesn't have");
  if (range.previous < from.memory.base()) refuse("that are dropped");
  if (from.memory.ballot_at(range.previous) != range.previous_ballot)
    refuse("behind a ballot that isn't there");
}

// The bytes of the entries are attached here; what was truncated since they were named is dropped.
void Cluster::dispatch(Machine& from, NodeId to, Message message) {
  const EntryRange* range = range_of(message);
  if (range != nullptr && !can_read(from, *range)) return;
  if (!attach(from, message)) {
    ++totals.dropped_ranges;
    return;
  }
  if (shape.life.mutant != Mutant::none) {
    tamper(from, to, message);
    checkers_.on_message(from, to, message, now());
  }
  auto rest = cut_somewhere(message);
  post(from.id, to, std::move(message));
  if (rest) post(from.id, to, *std::move(rest));
}

// ---- entries that cannot be read (S6)

bool Cluster::can_read(Machine& machine, const EntryRange& range) {
  const auto rotten = machine.rotten.upper_bound(range.previous);
  if (rotten == machine.rotten.end() || *rotten >= range.end) return true;
  report_rot(machine, *rotten);
  return false;
}

// As a reader meets it: up to the next entry that can be read. It takes a while.
void Cluster::report_rot(Machine& machine, Index index) {
  Index last = index;
  while (machine.rotten.contains(last + 1)) ++last;
  after(units(random.between(0.1, 3)),
        [this, id = machine.id, incarnation = machine.incarnation, index, last] {
          Machine& reading = machines_.at(id);
          if (reading.incarnation != incarnation || reading.paused) return;
          step(id, [this, id, index, last](Replica& replica) {
            Machine& damaged = machines_.at(id);
            for (Index one = index; one <= std::min(last, replica.decided()); ++one)
              damaged.reported.insert(one);
            replica.on_damaged(index, last);
          });
        });
}

void Cluster::store_repaired(Machine& machine, const replication::Output& output) {
  for (const auto& [index, entry] : output.repaired) checkers_.on_repaired(machine, index, *entry);
  totals.repaired += output.repaired.size();
  if (output.repaired.empty()) return;
  if (machine.bytes) machine.bytes->repair(output.repaired);
  std::vector<Index> stored;
  for (const auto& repaired : output.repaired) stored.push_back(repaired.index);
  after(units(random.between(0.1, 3)), [this, id = machine.id, incarnation = machine.incarnation, stored] {
    Machine& storing = machines_.at(id);
    if (storing.incarnation != incarnation) return;
    if (storing.bytes) {
      storing.bytes->do_all_jobs();
      find_damage(storing);
    } else {
      for (const Index index : stored) storing.rotten.erase(index);
    }
    tell([&] {
      return "node " + text(id) + " has repaired " + std::to_string(stored.size()) + " entries from " +
             std::to_string(stored.front()) + " on";
    });
  });
}

void Cluster::post(NodeId from, NodeId to, Message message) {
  if (!machines_.contains(to) && !elsewhere_.contains(to)) return;
  const auto shared = std::make_shared<const Message>(std::move(message));
  const auto arrivals = network.send(from, to, now());
  if (arrivals.empty()) tell([&] { return text(from) + " > " + text(to) + "  LOST " + text(*shared); });
  for (const Ticks delay : arrivals) {
    if (++in_flight_ > in_flight_max)
      fail("messages multiply: " + std::to_string(in_flight_max) + " are under way");
    // What arrives where it does not belong is judged by the hello of its link, which is as old as that.
    const auto elsewhere = elsewhere_.find(to);
    if (elsewhere != elsewhere_.end()) {
      after(delay, [this, place = elsewhere->second, hello = hello_from(from, to), shared] {
        --in_flight_;
        if (!network.is_cut(hello.from, hello.to)) place.cluster->hear_stranger(hello, place.id, shared);
      });
      continue;
    }
    after(delay, [this, from, to, shared] {
      --in_flight_;
      deliver(from, to, shared);
    });
  }
}

void Cluster::deliver(NodeId from, NodeId to, const std::shared_ptr<const Message>& message) {
  if (network.is_cut(from, to)) return;
  note(number(to) << 16 | message->index());
  tell([&] { return text(from) + " > " + text(to) + "  " + text(*message); });
  step(to, [from, message](Replica& replica) { replica.on_message(from, *message); });
}

// ---- answers

void Cluster::ask(NodeId to, Question question) {
  question.append.stored = history().last_sequence(question.append.producer);
  if (network.loses()) return;
  const RequestId request{++last_request_};
  after(network.delay(), [this, to, request, question = std::move(question)]() mutable {
    put(to, request, std::move(question));
  });
}

void Cluster::put(NodeId to, RequestId request, Question question) {
  const auto found = machines_.find(to);
  if (found == machines_.end() || !found->second.is_running()) return;  // connection refused
  Machine& machine = found->second;
  if (machine.paused) {
    machine.held_up.push_back(
        [this, to, request, question = std::move(question)] { put(to, request, question); });
    return;
  }
  const auto ask = question.ask;
  tell([&] {
    return "node " + text(to) + " is asked " + std::to_string(static_cast<std::uint64_t>(request)) + ": " +
           std::string(question.what);
  });
  asked_.emplace(request, Asked{to, machine.incarnation, now(), std::move(question)});
  const Index floor = asked_.at(request).question.floor;
  if (shape.life.mutant == Mutant::reads_unconfirmed && floor != 0 && machine.replica->is_established()) {
    answer(machine, {request, ReadDone{machine.replica->decided()}});
    return;
  }
  const bool is_leaving = machine.leaving;
  step(to, [ask, request](Replica& replica) { ask(replica, request); });
  if (is_leaving && asked_.contains(request)) fail("P8: node " + text(to) + " is leaving and serves");
}

void Cluster::expect_answer_to(RequestId request, NodeId node, Tag tag, ProducerId producer) {
  Question question;
  question.tag = tag;
  question.is_plain = producer == no_producer;
  question.hear = [](const Answer&) {};
  asked_.emplace(request, Asked{node, machines_.at(node).incarnation, now(), std::move(question)});
}

void Cluster::forget(RequestId request) {
  const auto found = asked_.find(request);
  if (found == asked_.end()) return;
  const NodeId node = found->second.node;
  if (Machine& machine = machines_.at(node); machine.paused) {  // it is its runtime that forgets
    machine.held_up.push_back([this, request] { forget(request); });
    return;
  }
  asked_.erase(found);
  closed_.insert(request);
  step(node, [request](Replica& replica) { replica.forget(request); });
}

void Cluster::answer(Machine& machine, const replication::ClientAnswer& given) {
  const auto found = asked_.find(given.request);
  if (found == asked_.end()) {
    fail("node " + text(machine.id) + " answers a request " +
         (closed_.contains(given.request) ? "twice, or after it was forgotten" : "that nobody asked"));
  }
  if (found->second.node != machine.id)
    fail("node " + text(machine.id) + " answers a request of another node");
  const Question question = std::move(found->second.question);
  const Ticks asked_at = found->second.at;
  asked_.erase(found);
  closed_.insert(given.request);
  tell([&] {
    return "node " + text(machine.id) + " answers " +
           std::to_string(static_cast<std::uint64_t>(given.request)) + ": " + text(given.answer);
  });
  check_answer(machine, question, asked_at, given.answer);
  if (shape.life.mutant == Mutant::answered_twice) answer(machine, given);
  if (network.loses()) return;
  after(network.delay(), [hear = question.hear, answer = given.answer] { hear(answer); });
}

void Cluster::check_answer(Machine& machine, const Question& question, Ticks asked_at, const Answer& given) {
  note(given.index());
  if (const auto* done = std::get_if<AppendDone>(&given)) {
    checkers_.on_append_done(machine, question.tag, *done);
    ++totals.acknowledged;
  } else if (const auto* read = std::get_if<ReadDone>(&given)) {
    checkers_.on_read_done(machine, question.floor, asked_at, *read);
    ++totals.reads;
  } else if (const auto* registered = std::get_if<RegisterDone>(&given)) {
    checkers_.on_register_done(*registered);
  } else if (std::holds_alternative<replication::AdminDone>(given) && question.removes != nobody) {
    checkers_.on_removal_done(machine, question.removes);
  } else if (const auto* refused = std::get_if<Refused>(&given)) {
    check_refusal(machine, question, *refused);
  }
}

void Cluster::check_refusal(const Machine& machine, const Question& question, const Refused& refused) {
  if (!question.is_removal) checkers_.on_refused(machine, question.append, refused);
  if (question.is_plain && refused.code != ErrorCode::unknown) {
    checkers_.on_denied(machine, question.tag);
    ++totals.denied;
  }
}

// A living node answers whatever it can't do or decide after `answer_within`, and its next tick.
void Cluster::check_all_answered() const {
  for (const auto& [request, asked] : asked_) {
    if (!asked.question.has_to_be_answered || now() < asked.at + rounds(14)) continue;
    const Machine& machine = machines_.at(asked.node);
    if (machine.incarnation != asked.incarnation || machine.paused) continue;
    if (now() < machine.resumed_at + rounds(14)) continue;
    fail("node " + text(asked.node) + " never answered a request of tick " + std::to_string(asked.at) +
         describe());
  }
}

}  // namespace bellwether::simulation
