#include "node/reception.hpp"

#include <variant>

#include "node/refusals.hpp"

namespace bellwether::node {

void Reception::hand_over_to(transport::PacketHandler& member) {
  member_ = &member;
  for (auto& [connection, slot, hello] : std::exchange(waiting_, {})) {
    member.on_packet(connection, slot, std::move(hello));
  }
  member.on_batch_end();
}

void Reception::on_packet(const ConnectionPtr& connection, std::uint64_t slot, Packet packet) {
  if (member_ != nullptr) return member_->on_packet(connection, slot, std::move(packet));
  if (std::holds_alternative<Hello>(packet)) {
    waiting_.push_back({connection, slot, std::move(packet)});
  } else {
    connection->answer(slot, Packet(refusal_of(packet)));
  }
}

void Reception::on_batch_end() {
  if (member_ != nullptr) member_->on_batch_end();
}

void Reception::on_closed(const ConnectionPtr& connection) {
  if (member_ != nullptr) return member_->on_closed(connection);
  std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.connection == connection; });
}

ErrorAnswer Reception::refusal_of(const Packet& packet) const {
  const auto* join = std::get_if<Join>(&packet);
  if (join == nullptr)
    return refusal(ErrorCode::no_leader, "this node has not joined a cluster yet", "try again soon");
  if (join->token == own_token_) return refusal(ErrorCode::wrong_node, "that is the joining node itself");
  if (may_start_cluster_) {
    return refusal(ErrorCode::busy, "that node looks for a cluster itself, and starts one if it finds none");
  }
  return refusal(ErrorCode::not_a_member, "that node has not joined a cluster itself yet");
}

}  // namespace bellwether::node
