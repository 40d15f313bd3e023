#include "node/reading.hpp"

#include <deque>
#include <utility>

namespace bellwether::node {

// A piece holds up to 1 MiB of messages, shared with the log's cache: one that waits is enough.
class TailReading::Queue : public TailReader {
 public:
  explicit Queue(Service::OnMore on_more) : on_more_(std::move(on_more)) {}

  bool is_full() const override { return !packets_.empty(); }
  void add(const Packet& packet) override {
    packets_.push_back(packet);
    if (on_more_) on_more_();
  }
  void end(const Packet& packet) override { add(packet); }

  std::optional<Packet> take() {
    if (packets_.empty()) return std::nullopt;
    std::optional<Packet> packet = std::move(packets_.front());
    packets_.pop_front();
    return packet;
  }
  void abandon() { on_more_ = nullptr; }

 private:
  Service::OnMore on_more_;
  std::deque<Packet> packets_;
};

TailReading::TailReading(Engine& engine, Tails& tails, const TailRequest& request, Service::OnMore on_more)
    : engine_(engine),
      tails_(tails),
      queue_(std::make_shared<Queue>(std::move(on_more))),
      session_(tails.open(queue_, request)) {
  engine_.finish();
}

TailReading::~TailReading() {
  queue_->abandon();
  const auto session = session_.lock();
  if (!session) return;
  session->abandon();
  tails_.forget_done();
}

std::optional<Packet> TailReading::take() {
  auto packet = queue_->take();
  const auto session = session_.lock();
  if (!packet || !session) return packet;
  session->advance();
  engine_.finish();
  return packet;
}

}  // namespace bellwether::node
