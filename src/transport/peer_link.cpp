#include "transport/peer_link.hpp"

#include <asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <utility>
#include <variant>

#include "base/wall_clock.hpp"
#include "transport/backoff.hpp"
#include "transport/coroutine.hpp"
#include "transport/link_session.hpp"

namespace bellwether::transport {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds attempt_within{2'000};
constexpr milliseconds reconnect_within{50};  // E15
constexpr milliseconds retry_first{50};
constexpr milliseconds retry_most{1'000};
constexpr milliseconds refused_retry_first{250};  // a member that does not know us yet soon will
constexpr milliseconds refused_retry_most{5'000};

}  // namespace

// One coroutine for the life of the link: dial, greet, read until it is lost, and again.
struct PeerLink::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& io, std::string address, Hello hello, Events events);

  asio::awaitable<void> run();
  asio::awaitable<bool> establish();
  asio::awaitable<void> read_until_lost();
  asio::awaitable<void> pause();
  void on_refused(const ErrorAnswer& why);
  void report_down();
  void close();

  asio::io_context& io_;
  std::string address_;
  Hello hello_;
  Events events_;
  asio::steady_timer pause_timer_;
  Backoff retry_{retry_first, retry_most};
  Backoff refused_retry_{refused_retry_first, refused_retry_most};
  std::shared_ptr<LinkSession> session_;
  bool is_closed_ = false;
  bool is_up_ = false;
  bool is_reported_up_ = false;  // stays while a lost connection is replaced at once
  bool is_refused_ = false;      // by the last attempt
};

PeerLink::Impl::Impl(asio::io_context& io, std::string address, Hello hello, Events events)
    : io_(io),
      address_(std::move(address)),
      hello_(std::move(hello)),
      events_(std::move(events)),
      pause_timer_(io) {}

asio::awaitable<void> PeerLink::Impl::run() {
  while (!is_closed_) {
    const bool is_established = co_await establish();
    if (is_established) {
      co_await read_until_lost();
      if (!is_refused_) continue;  // the immediate reconnect
    }
    report_down();
    if (!is_closed_) co_await pause();
  }
}

asio::awaitable<bool> PeerLink::Impl::establish() {
  is_refused_ = false;
  session_ = std::make_shared<LinkSession>(io_);
  const auto session = session_;
  const milliseconds within = is_reported_up_ ? reconnect_within : attempt_within;
  std::string address = address_;
  Hello hello = hello_;
  hello.clock_ms = wall_clock_ms();
  const std::optional<Packet> first = co_await session->open(std::move(address), std::move(hello), within);
  if (is_closed_) co_return false;
  if (first && std::holds_alternative<Hello>(*first)) {
    is_up_ = is_reported_up_ = true;
    retry_.reset();
    refused_retry_.reset();
    events_.on_up(std::get<Hello>(*first));
    co_return true;
  }
  session->close();
  if (first && std::holds_alternative<ErrorAnswer>(*first)) on_refused(std::get<ErrorAnswer>(*first));
  co_return false;
}

asio::awaitable<void> PeerLink::Impl::read_until_lost() {
  const auto session = session_;
  while (!is_closed_ && !is_refused_) {
    std::optional<Packet> packet = co_await session->read();
    if (!packet) break;
    if (is_closed_) break;
    if (std::holds_alternative<ErrorAnswer>(*packet)) {
      on_refused(std::get<ErrorAnswer>(*packet));
    } else {
      events_.on_packet(*std::move(packet));
    }
  }
  is_up_ = false;
  session->close();
}

asio::awaitable<void> PeerLink::Impl::pause() {
  Backoff& backoff = is_refused_ ? refused_retry_ : retry_;
  pause_timer_.expires_after(backoff.next());
  co_await pause_timer_.async_wait(as_result);
}

void PeerLink::Impl::on_refused(const ErrorAnswer& why) {
  is_refused_ = true;
  is_up_ = false;
  report_down();
  if (!is_closed_) events_.on_refused(why);
}

void PeerLink::Impl::report_down() {
  if (is_closed_ || !is_reported_up_) return;
  is_reported_up_ = false;
  events_.on_down();
}

void PeerLink::Impl::close() {
  is_closed_ = true;
  is_up_ = false;
  if (session_) session_->close();
  pause_timer_.cancel();
}

PeerLink::PeerLink(asio::io_context& io, std::string address, Hello hello, Events events)
    : impl_(std::make_shared<Impl>(io, std::move(address), std::move(hello), std::move(events))) {
  spawn(io.get_executor(), impl_, &Impl::run, "a link to a member");
}

PeerLink::~PeerLink() { impl_->close(); }

void PeerLink::set_address(std::string address) { impl_->address_ = std::move(address); }
void PeerLink::retry_now() { impl_->pause_timer_.cancel(); }

void PeerLink::send(EncodedPacket packet) {
  if (!is_up() || output_bytes() + packet.bytes() > output_bytes_max) return;
  impl_->session_->send(std::move(packet), Lane::bulk);
}

void PeerLink::send_first(EncodedPacket packet) {
  if (!is_up() || output_bytes() + packet.bytes() > output_bytes_max) return;
  impl_->session_->send(std::move(packet), Lane::urgent);
}

bool PeerLink::is_up() const { return impl_->is_up_; }
std::size_t PeerLink::output_bytes() const { return is_up() ? impl_->session_->output_bytes() : 0; }

}  // namespace bellwether::transport
