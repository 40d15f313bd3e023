#include "world/clients.hpp"

#include <memory>
#include <utility>
#include <variant>

#include "world/violation.hpp"

namespace bellwether::simulation {

using replication::AdminDone;
using replication::Answer;
using replication::AppendDone;
using replication::JoinDone;
using replication::ReadDone;
using replication::Refused;
using replication::RegisterDone;
using replication::Replica;
using replication::RequestId;

namespace {

constexpr std::uint32_t message_bytes = 4 + sizeof(Tag);

Question append_question(ProducerId producer, Sequence sequence, Tag tag, std::uint32_t count) {
  const Group group{
      .producer = producer, .sequence = sequence, .count = count, .bytes = count * message_bytes};
  Question question;
  question.what = "append";
  question.tag = tag;
  question.append.producer = producer;
  question.append.sequence = sequence;
  question.is_plain = producer == no_producer;
  question.ask = [group, messages = messages_with(tag, count)](Replica& replica, RequestId request) {
    replica.append(request, group, messages);
  };
  return question;
}

}  // namespace

// ---- where to ask

void Clients::every(double period, std::function<void()> action) {
  action();
  cluster_.after(units(cluster_.random.waiting(period)), [this, period, action, season = season_] {
    if (season == season_) every(period, action);
  });
}

void Clients::choose_target(std::optional<NodeId>& target, double change) {
  if (!target || cluster_.random.chance(change)) target = cluster_.pick_serving();
  if (!cluster_.machine(*target).is_serving() && cluster_.random.chance(0.5))
    target = cluster_.pick_serving();
}

void Clients::follow(std::optional<NodeId>& target, const Refused& refused) {
  const bool follows = cluster_.machines().contains(refused.leader) && cluster_.random.chance(0.8);
  if (refused.code == ErrorCode::not_leader && follows) {
    target = refused.leader;
  } else if (refused.code != ErrorCode::retry && refused.code != ErrorCode::sequence_gap) {
    target.reset();
  }
}

// ---- producers

Producer& Clients::add_producer(double period) {
  Producer& producer = producers_.emplace_back();
  cluster_.after(units(cluster_.random.between(0, period)), [this, &producer, period, season = season_] {
    if (season != season_) return;
    every(period, [this, &producer, period] { act(producer, period); });
  });
  return producer;
}

void Clients::take_over(const Clients& former, bool repeats_all, double period) {
  for (const Producer& known : former.producers_) {
    Producer& producer = add_producer(period);
    producer = known;
    producer.sent.clear();
    producer.registering.reset();
    producer.target.reset();
    if (!repeats_all) continue;
    producer.acknowledged = 0;
    producer.acknowledged_early.clear();
  }
}

void Clients::act(Producer& producer, double) {
  choose_target(producer.target, 0.05);
  if (producer.id == no_producer) {
    register_at(producer);
    return;
  }
  append_new(producer);
  for (Sequence sequence = producer.acknowledged + 1; sequence < producer.next; ++sequence) {
    const auto sent = producer.sent.find(sequence);
    if (sent == producer.sent.end() || cluster_.now() > sent->second + rounds(1.5)) send(producer, sequence);
  }
  if (!producer.sent.empty() && cluster_.random.chance(0.1)) producer.target.reset();
}

// One at a time: each makes another producer, and a small table soon drops the first.
void Clients::register_at(Producer& producer) {
  if (producer.registering && cluster_.now() < *producer.registering + rounds(1.5)) return;
  producer.registering = cluster_.now();
  Question question;
  question.what = "register a producer";
  question.ask = [](Replica& replica, RequestId request) { replica.register_producer(request); };
  question.hear = [this, &producer](const Answer& answer) {
    producer.registering.reset();
    if (const auto* refused = std::get_if<Refused>(&answer)) follow(producer.target, *refused);
    const auto* done = std::get_if<RegisterDone>(&answer);
    if (done == nullptr || producer.id != no_producer) return;
    const auto target = producer.target;
    producer = Producer{};
    producer.id = done->producer;
    producer.target = target;
  };
  cluster_.ask(*producer.target, std::move(question));
}

void Clients::append_new(Producer& producer) {
  while (producer.next - producer.acknowledged <= producer_window && cluster_.random.chance(0.7)) {
    producer.tags[producer.next] = cluster_.next_tag();
    producer.counts[producer.next] = static_cast<std::uint32_t>(1 + cluster_.random.below(3));
    ++producer.next;
  }
}

void Clients::send(Producer& producer, Sequence sequence) {
  producer.sent[sequence] = cluster_.now();
  Question question =
      append_question(producer.id, sequence, producer.tags[sequence], producer.counts[sequence]);
  question.hear = [this, &producer, id = producer.id, sequence, stored = producer.acknowledged](
                      const Answer& answer) { hear(producer, id, sequence, stored, answer); };
  cluster_.ask(*producer.target, std::move(question));
}

// `stored`: all up to there was acknowledged when it asked.
void Clients::hear(Producer& producer, ProducerId id, Sequence sequence, Sequence stored,
                   const Answer& answer) {
  if (producer.id != id) return;
  if (std::holds_alternative<AppendDone>(answer)) acknowledge(producer, sequence);
  const auto* refused = std::get_if<Refused>(&answer);
  if (refused == nullptr) return;
  follow(producer.target, *refused);
  const bool is_lost =  // what was acknowledged: after a recovery (F2)
      refused->code == ErrorCode::sequence_gap && refused->expected && *refused->expected <= stored;
  if (refused->code == ErrorCode::unknown_producer || is_lost) {
    producer.id = no_producer;
  } else {
    producer.sent.clear();  // repeat all that is not acknowledged, in order
  }
}

void Clients::acknowledge(Producer& producer, Sequence sequence) {
  if (sequence > producer.acknowledged) producer.acknowledged_early.insert(sequence);
  while (producer.acknowledged_early.erase(producer.acknowledged + 1) > 0) ++producer.acknowledged;
}

// ---- plain appends: without a producer nothing is repeated

void Clients::append_plain(NodeId to) {
  const auto count = static_cast<std::uint32_t>(1 + cluster_.random.below(3));
  Question question = append_question(no_producer, 0, cluster_.next_tag(), count);
  question.hear = [](const Answer&) {};
  cluster_.ask(to, std::move(question));
}

void Clients::add_plain(double period) {
  auto& target = targets_.emplace_back();
  every(period, [this, &target] {
    choose_target(target, 0.2);
    if (const auto* leader = cluster_.settled_leader(); leader != nullptr && cluster_.random.chance(0.6)) {
      target = leader->id;
    }
    append_plain(*target);
  });
}

// ---- readers

void Clients::add_reader(double period) {
  auto& target = targets_.emplace_back();
  every(period, [this, &target] {
    choose_target(target, 0.2);
    read_at(*target, target);
  });
}

void Clients::read_at(NodeId at, std::optional<NodeId>& next) {
  Question question;
  question.what = "read";
  question.floor = cluster_.checkers().read_floor();
  question.has_to_be_answered = false;
  question.ask = [this](Replica& replica, RequestId request) {
    cluster_.after(rounds(6), [this, request] { cluster_.forget(request); });
    replica.read(request);
  };
  question.hear = [this, &next](const Answer& answer) {
    if (const auto* refused = std::get_if<Refused>(&answer)) follow(next, *refused);
  };
  cluster_.ask(at, std::move(question));
}

// ---- joins and leaves

struct Clients::Errand {
  std::string_view what;
  bool is_removal = false;
  std::function<void(Replica&, RequestId)> ask;
  std::function<bool(NodeId, const Answer&)> is_done;  // who answered, and what
  std::optional<NodeId> target;
  NodeId removes = nobody;
  std::uint64_t season = 0;
  int tries_left = 0;
  bool done = false;
};

void Clients::run_errand(const std::shared_ptr<Errand>& errand) {
  if (errand->done || errand->season != season_ || errand->tries_left-- == 0) return;
  choose_target(errand->target, 0.2);
  Question question;
  question.what = errand->what;
  question.is_removal = errand->is_removal;
  question.ask = errand->ask;
  question.removes = errand->removes;
  question.hear = [this, errand, at = *errand->target](const Answer& answer) {
    if (errand->done) return;
    errand->done = errand->is_done(at, answer);
    if (const auto* refused = std::get_if<Refused>(&answer)) follow(errand->target, *refused);
  };
  cluster_.ask(*errand->target, std::move(question));
  cluster_.after(rounds(cluster_.random.between(0.5, 1.5)), [this, errand] { run_errand(errand); });
}

void Clients::join(std::uint32_t priority, std::string address, std::optional<NodeId> replaces,
                   bool stays_learner, std::function<void(NodeId)> on_joined) {
  const std::string token = cluster_.next_token();
  Join asked;
  asked.token = token;
  asked.address = address.empty() ? token + ":7000" : std::move(address);
  asked.priority = priority;
  asked.replaces = replaces;
  asked.stays_learner = stays_learner;
  auto errand = std::make_shared<Errand>();
  errand->what = "join";
  errand->season = season_;
  errand->tries_left = 40;
  errand->ask = [asked](Replica& replica, RequestId request) { replica.join(request, asked); };
  errand->is_done = [this, token, priority, on_joined = std::move(on_joined)](NodeId at,
                                                                              const Answer& answer) {
    const auto* done = std::get_if<JoinDone>(&answer);
    if (done != nullptr) hear_joined(token, priority, at, done->id);
    if (done != nullptr && on_joined) on_joined(done->id);
    return done != nullptr;
  };
  run_errand(errand);
}

void Clients::hear_joined(const std::string& token, std::uint32_t priority, NodeId at, NodeId id) {
  if (!joined_.insert(token).second) cluster_.fail("G4: token " + token + " joined twice");
  if (cluster_.machines().contains(id)) cluster_.fail("I9: two processes with id " + text(id));
  ++cluster_.totals.joins;
  std::set<NodeId> contacts{at};
  for (const auto& [member, known] : cluster_.history().members().all) contacts.insert(member);
  contacts.erase(id);
  cluster_.add_machine(id, priority, Disk(cluster_.shape.life.mutant, cluster_.shape.producer_limits),
                       std::move(contacts));
}

void Clients::leave(NodeId member) {
  auto errand = std::make_shared<Errand>();
  errand->what = "remove a member";
  errand->season = season_;
  errand->is_removal = true;
  errand->tries_left = 25;
  errand->removes = member;
  errand->ask = [member](Replica& replica, RequestId request) { replica.remove(request, member); };
  errand->is_done = [](NodeId, const Answer& answer) {
    const auto* refused = std::get_if<Refused>(&answer);
    return std::holds_alternative<AdminDone>(answer) ||
           (refused != nullptr && refused->code == ErrorCode::refused);
  };
  run_errand(errand);
}

}  // namespace bellwether::simulation
