#include "transport/output_queue.hpp"

#include <algorithm>
#include <utility>

namespace bellwether::transport {
namespace {

constexpr std::size_t pieces_per_write_max = 64;       // Asio gathers no more in one system call
constexpr std::size_t copied_piece_bytes = 64 * 1024;  // a piece of our own grows up to about that
constexpr std::size_t copied_body_bytes_max = 512;     // a body so small costs less to copy than to gather

}  // namespace

const void* OutputQueue::Piece::data() const {
  return text.empty() ? static_cast<const void*>(shared.data()) : text.data();
}

void OutputQueue::push(EncodedPacket packet) {
  push_copy(packet.header);
  for (Bytes& part : packet.body) {
    if (part.empty()) continue;
    if (part.size() <= copied_body_bytes_max) {
      push_copy(part.text());
      continue;
    }
    bytes_ += part.size();
    pieces_.push_back(Piece{{}, std::move(part)});
  }
}

void OutputQueue::push_copy(std::string_view text) {
  const bool may_grow = pieces_.size() > taken_ && !pieces_.back().text.empty() &&
                        pieces_.back().text.size() + text.size() <= copied_piece_bytes;
  if (!may_grow) pieces_.emplace_back();
  pieces_.back().text += text;
  bytes_ += text.size();
}

std::span<const asio::const_buffer> OutputQueue::take_buffers() {
  buffers_.clear();
  taken_ = std::min(pieces_.size(), pieces_per_write_max);
  for (std::size_t i = 0; i < taken_; ++i) buffers_.emplace_back(pieces_[i].data(), pieces_[i].size());
  if (taken_ > 0) buffers_.front() += front_written_;
  return buffers_;
}

void OutputQueue::written(std::size_t bytes) {
  BELLWETHER_ASSERT(bytes <= bytes_);
  bytes_ -= bytes;
  front_written_ += bytes;
  while (!pieces_.empty() && front_written_ >= pieces_.front().size()) {
    front_written_ -= pieces_.front().size();
    pieces_.pop_front();
  }
  taken_ = 0;
}

}  // namespace bellwether::transport
