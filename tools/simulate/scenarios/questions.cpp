#include "scenarios/questions.hpp"

#include <utility>
#include <variant>

#include "checks/history.hpp"

namespace bellwether::simulation {

using replication::Answer;
using replication::AppendDone;
using replication::ReadDone;
using replication::Refused;
using replication::RegisterDone;
using replication::Replica;
using replication::RequestId;

namespace {

constexpr std::uint32_t messages_in_group = 2;

Group group_of(ProducerId producer, Sequence sequence) {
  return {.producer = producer, .sequence = sequence, .count = messages_in_group, .bytes = 24};
}

void ask(Stage& stage, NodeId at, Question question, Heard& heard) {
  question.hear = [&heard](const Answer& answer) { heard = answer; };
  stage.cluster.ask(at, std::move(question));
}

}  // namespace

bool is_stored(const Heard& heard) { return heard && std::holds_alternative<AppendDone>(*heard); }
bool is_read(const Heard& heard) { return heard && std::holds_alternative<ReadDone>(*heard); }

std::optional<ErrorCode> refusal(const Heard& heard) {
  const auto* refused = heard ? std::get_if<Refused>(&*heard) : nullptr;
  return refused == nullptr ? std::nullopt : std::optional(refused->code);
}

void append(Stage& stage, NodeId at, ProducerId producer, Sequence sequence, Tag tag, Heard& heard) {
  Question question;
  question.what = "append";
  question.tag = tag;
  question.append.producer = producer;
  question.append.sequence = sequence;
  question.ask = [group = group_of(producer, sequence), messages = messages_with(tag, messages_in_group)](
                     Replica& replica, RequestId request) { replica.append(request, group, messages); };
  ask(stage, at, std::move(question), heard);
}

void read(Stage& stage, NodeId at, Heard& heard) {
  Question question;
  question.what = "read";
  question.floor = stage.cluster.checkers().read_floor();
  question.has_to_be_answered = false;
  question.ask = [](Replica& replica, RequestId request) { replica.read(request); };
  ask(stage, at, std::move(question), heard);
}

ProducerId register_at(Stage& stage, NodeId leader) {
  Heard heard;
  Question question;
  question.what = "register a producer";
  question.ask = [](Replica& replica, RequestId request) { replica.register_producer(request); };
  ask(stage, leader, std::move(question), heard);
  stage.cluster.run_until([&] { return heard.has_value(); }, rounds(4));
  if (!heard || !std::holds_alternative<RegisterDone>(*heard)) stage.cluster.fail("not registered");
  return std::get<RegisterDone>(*heard).producer;
}

std::vector<Tag> append_all(Stage& stage, NodeId leader, ProducerId producer, Sequence first, Sequence last) {
  std::vector<Tag> tags;
  for (Sequence sequence = first; sequence <= last; ++sequence) {
    tags.push_back(stage.cluster.next_tag());
    Heard heard;
    append(stage, leader, producer, sequence, tags.back(), heard);
    stage.cluster.run_until([&] { return heard.has_value(); }, rounds(4));
    stage.expect(is_stored(heard), "the leader of a healthy cluster stores a group");
  }
  return tags;
}

std::vector<Tag> place_entry(Stage& stage, NodeId leader, const std::vector<ProducerId>& producers) {
  std::vector<Tag> tags;
  stage.cluster.step(leader, [&](Replica& replica) {
    for (const ProducerId producer : producers) {
      tags.push_back(stage.cluster.next_tag());
      const RequestId request{1'000'000 + tags.back()};
      stage.cluster.expect_answer_to(request, leader, tags.back(), producer);
      replica.append(request, group_of(producer, producer == no_producer ? 0 : 1),
                     messages_with(tags.back(), messages_in_group));
    }
    replica.seal();
  });
  return tags;
}

Tag place_plain_entry(Stage& stage, NodeId leader) {
  return place_entry(stage, leader, {no_producer}).front();
}

}  // namespace bellwether::simulation
