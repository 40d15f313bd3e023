#include "transport/answer_slots.hpp"

#include <utility>

#include "base/assert.hpp"

namespace bellwether::transport {

std::uint64_t AnswerSlots::open(std::string id) {
  slots_.push_back(Slot{std::move(id), {}, false});
  return next_++;
}

void AnswerSlots::add(std::uint64_t number, const Packet& packet) {
  Slot* const slot = find(number);
  if (slot == nullptr) return;
  EncodedPacket encoded = encode(packet, slot->id);
  if (number == first_) return output_.push(std::move(encoded));
  held_bytes_ += encoded.bytes();
  slot->held.push_back(std::move(encoded));
}

void AnswerSlots::complete(std::uint64_t number) {
  Slot* const slot = find(number);
  if (slot == nullptr) return;
  slot->is_complete = true;
  if (number == first_) release();
}

void AnswerSlots::abandon_unanswered() {
  while (!slots_.empty() && !slots_.back().is_complete) {
    for (const EncodedPacket& packet : slots_.back().held) held_bytes_ -= packet.bytes();
    slots_.pop_back();
  }
}

AnswerSlots::Slot* AnswerSlots::find(std::uint64_t number) {
  BELLWETHER_ASSERT(number < next_);
  if (number >= first_ + slots_.size()) return nullptr;
  BELLWETHER_ASSERT(number >= first_);  // else it was complete before
  Slot& slot = slots_[number - first_];
  BELLWETHER_ASSERT(!slot.is_complete);
  return &slot;
}

// The front one is complete: it goes, and whoever comes to the front then says what it held.
void AnswerSlots::release() {
  while (!slots_.empty() && slots_.front().is_complete) {
    slots_.pop_front();
    ++first_;
    if (slots_.empty()) return;
    for (EncodedPacket& packet : slots_.front().held) {
      held_bytes_ -= packet.bytes();
      output_.push(std::move(packet));
    }
    slots_.front().held.clear();
  }
}

}  // namespace bellwether::transport
