#include "transport/connection.hpp"

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <utility>
#include <variant>

#include "protocol/codec.hpp"
#include "protocol/frame.hpp"
#include "protocol/limits.hpp"
#include "transport/address.hpp"
#include "transport/answer_slots.hpp"
#include "transport/coroutine.hpp"
#include "transport/output_queue.hpp"
#include "transport/socket_options.hpp"

namespace bellwether::transport {
namespace {

using asio::ip::tcp;
using std::chrono::milliseconds;

constexpr std::size_t discarded_bytes_max = 16 * limits::mib;  // of a sender that has been told to stop

std::string remote_of(const tcp::socket& socket) {
  std::error_code error;
  const tcp::endpoint endpoint = socket.remote_endpoint(error);
  if (error) return "unknown";
  return to_string(HostAndPort{endpoint.address().to_string(), endpoint.port()});
}

// Often enough for the shortest limit, and seldom enough for 10,000 connections.
milliseconds check_period(const ConnectionLimits& limits) {
  const milliseconds shortest = std::min({limits.idle_within, limits.packet_within, limits.write_within});
  return std::clamp(shortest / 4, milliseconds(5), milliseconds(5'000));
}

}  // namespace

// Three coroutines: one reads, one writes, one looks at the clock. All end soon after close().
//
//   reading ──EOF, broken stream, close_after_output()──▶ input over
//   input over ──nothing owed any more──▶ flushed ──▶ closed
struct Connection::Impl {
  Impl(Connection& self, tcp::socket socket, PacketHandler& handler, const ConnectionLimits& limits);

  asio::awaitable<void> read_loop();
  void take_packets();
  void on_frame(Frame frame);
  void refuse(const PacketError& error);
  void on_input_error(std::error_code error);
  void end_input();
  asio::awaitable<void> discard_input();

  asio::awaitable<void> write_loop();
  void on_written(std::size_t bytes);
  void on_output_changed();

  asio::awaitable<void> watch_loop();
  bool is_overdue() const;

  bool is_paused() const;
  bool owes_nothing() const { return is_input_over_ && slots_.is_empty() && output_.is_empty(); }
  std::size_t output_bytes() const { return output_.bytes() + slots_.held_bytes(); }
  void close();

  Connection& self_;
  tcp::socket socket_;
  PacketHandler& handler_;
  const ConnectionLimits limits_;
  const std::string remote_;

  FrameReader input_{limits::client_body_bytes_max};
  OutputQueue output_;
  AnswerSlots slots_{output_};
  Wakeup reader_;  // may go on after a pause, or has to discard
  Wakeup writer_;  // has something to write, or nothing more to wait for
  asio::steady_timer watch_timer_;

  bool is_open_ = false;
  bool is_peer_ = false;
  bool is_input_over_ = false;  // no further request is taken
  bool is_eof_ = false;         // the other has closed its side
  bool is_flushed_ = false;     // everything is out and our side is closed
  Clock::time_point last_input_ = Clock::now();
  Clock::time_point packet_began_ = last_input_;
  Clock::time_point last_progress_ = last_input_;  // of the output
};

Connection::Impl::Impl(Connection& self, tcp::socket socket, PacketHandler& handler,
                       const ConnectionLimits& limits)
    : self_(self),
      socket_(std::move(socket)),
      handler_(handler),
      limits_(limits),
      remote_(remote_of(socket_)),
      reader_(socket_.get_executor()),
      writer_(socket_.get_executor()),
      watch_timer_(socket_.get_executor()) {}

// ---- input

asio::awaitable<void> Connection::Impl::read_loop() {
  while (true) {
    take_packets();
    if (!is_open_ || is_input_over_) break;
    if (is_paused()) {
      co_await reader_.wait();
      packet_began_ = last_input_ = Clock::now();  // the pause was ours
      continue;
    }
    const auto space = input_.space();
    const auto buffer = asio::buffer(space.data(), space.size());
    const auto [error, size] = co_await socket_.async_read_some(buffer, as_result);
    if (!is_open_) break;
    if (error) {
      on_input_error(error);
      break;
    }
    last_input_ = Clock::now();
    if (input_.is_empty()) packet_began_ = last_input_;
    input_.grew(size);
  }
  if (is_open_) co_await discard_input();
}

void Connection::Impl::take_packets() {
  bool has_handed_over = false;
  while (is_open_ && !is_input_over_ && !is_paused()) {
    FrameReader::Next next = input_.next();
    if (std::holds_alternative<std::monostate>(next)) break;
    packet_began_ = last_input_;
    if (const auto* error = std::get_if<PacketError>(&next)) {
      refuse(*error);
      end_input();
      break;
    }
    on_frame(std::get<Frame>(std::move(next)));
    has_handed_over = true;
  }
  if (has_handed_over) handler_.on_batch_end();
}

void Connection::Impl::on_frame(Frame frame) {
  auto decoded = decode(frame.header, std::move(frame.body));
  if (!decoded) return refuse(decoded.error());
  const std::uint64_t slot = slots_.open(std::move(decoded->id));
  handler_.on_packet(self_.shared_from_this(), slot, std::move(decoded->packet));
}

void Connection::Impl::refuse(const PacketError& error) {
  const std::uint64_t slot = slots_.open(error.id);
  self_.answer(slot, error.answer);
}

void Connection::Impl::on_input_error(std::error_code error) {
  if (error != asio::error::eof) return close();
  is_eof_ = true;
  if (!is_input_over_ && !input_.is_empty()) {
    PacketError cut_off;
    cut_off.answer.message = "the connection ended in the middle of a packet";
    cut_off.answer.hint =
        "a packet is one line that ends with a line break, then as many bytes as its \"bytes\" says";
    refuse(cut_off);
  }
  end_input();
}

void Connection::Impl::end_input() {
  is_input_over_ = true;
  on_output_changed();
}

// Closing a socket with unread input resets it, and a reset can overtake the last answer. So that answer goes
// out first, then what the other still sends is read and dropped for a while.
asio::awaitable<void> Connection::Impl::discard_input() {
  while (is_open_ && !is_flushed_) co_await reader_.wait();
  std::array<std::byte, 4096> scratch;
  std::size_t discarded = 0;
  while (is_open_ && !is_eof_ && discarded < discarded_bytes_max) {
    const auto buffer = asio::buffer(scratch);
    const auto [error, size] = co_await socket_.async_read_some(buffer, as_result);
    if (error) break;
    discarded += size;
  }
  close();
}

bool Connection::Impl::is_paused() const {
  return output_bytes() > limits_.output_bytes_pause || slots_.size() > limits_.requests_outstanding_max;
}

// ---- output

asio::awaitable<void> Connection::Impl::write_loop() {
  while (is_open_ && !owes_nothing()) {
    if (output_.is_empty()) {
      co_await writer_.wait();
      last_progress_ = Clock::now();
      continue;
    }
    const auto buffers = output_.take_buffers();
    const auto [error, size] = co_await socket_.async_write_some(buffers, as_result);
    if (!is_open_) co_return;
    if (error) co_return close();
    on_written(size);
  }
  if (!is_open_) co_return;
  std::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  is_flushed_ = true;
  last_progress_ = Clock::now();
  reader_.notify();
  watch_timer_.cancel();  // from now on it is the time to linger that counts
}

void Connection::Impl::on_written(std::size_t bytes) {
  const bool was_full = output_bytes() >= limits_.output_bytes_pause;
  output_.written(bytes);
  last_progress_ = Clock::now();
  if (!is_paused()) reader_.notify();
  const bool is_full = output_bytes() >= limits_.output_bytes_pause;
  if (was_full && !is_full && self_.on_output_drained) self_.on_output_drained();
}

// Something was queued, or fewer answers are owed.
void Connection::Impl::on_output_changed() {
  if (!is_open_) return;
  if (output_bytes() > limits_.output_bytes_max) return close();
  writer_.notify();
  if (is_input_over_ || !is_paused()) reader_.notify();
}

// ---- time

asio::awaitable<void> Connection::Impl::watch_loop() {
  while (is_open_) {
    watch_timer_.expires_after(is_flushed_ ? limits_.linger_within : check_period(limits_));
    co_await watch_timer_.async_wait(as_result);
    if (is_open_ && is_overdue()) close();
  }
}

bool Connection::Impl::is_overdue() const {
  const auto now = Clock::now();
  if (is_flushed_) return now - last_progress_ >= limits_.linger_within;
  if (!output_.is_empty() && now - last_progress_ > limits_.write_within) return true;
  if (is_input_over_ || is_paused()) return false;
  if (!input_.is_empty()) return now - packet_began_ > limits_.packet_within;
  const bool is_waiting = !slots_.is_empty() || !output_.is_empty();
  return !is_peer_ && !is_waiting && now - std::max(last_input_, last_progress_) > limits_.idle_within;
}

void Connection::Impl::close() {
  if (!is_open_) return;
  is_open_ = false;
  std::error_code ignored;
  socket_.close(ignored);
  reader_.notify();
  writer_.notify();
  watch_timer_.cancel();
  self_.place.reset();
  asio::post(socket_.get_executor(),
             [self = self_.shared_from_this()] { self->impl_->handler_.on_closed(self); });
}

// ---- what the node sees

Connection::Connection(tcp::socket socket, PacketHandler& handler, const ConnectionLimits& limits)
    : impl_(std::make_unique<Impl>(*this, std::move(socket), handler, limits)) {}

Connection::~Connection() = default;

void Connection::start() {
  BELLWETHER_ASSERT(!impl_->is_open_);
  impl_->is_open_ = true;
  set_stream_options(impl_->socket_);
  const std::shared_ptr<Impl> impl(shared_from_this(), impl_.get());  // keeps the whole connection
  const auto executor = impl->socket_.get_executor();
  spawn(executor, impl, &Impl::read_loop, "reading from a connection");
  spawn(executor, impl, &Impl::write_loop, "writing to a connection");
  spawn(executor, impl, &Impl::watch_loop, "watching a connection");
}

void Connection::answer(std::uint64_t slot, const Packet& packet) {
  answer_part(slot, packet);
  no_answer(slot);
}

void Connection::answer_part(std::uint64_t slot, const Packet& packet) {
  if (!is_open()) return;
  if (const auto* error = std::get_if<ErrorAnswer>(&packet)) impl_->handler_.on_refused(error->code);
  impl_->slots_.add(slot, packet);
  impl_->on_output_changed();
}

void Connection::no_answer(std::uint64_t slot) {
  if (!is_open()) return;
  impl_->slots_.complete(slot);
  impl_->on_output_changed();
}

void Connection::close_after_output() {
  if (!is_open()) return;
  impl_->slots_.abandon_unanswered();
  impl_->end_input();
}

void Connection::close() { impl_->close(); }
bool Connection::is_open() const { return impl_->is_open_; }
std::size_t Connection::output_bytes() const { return impl_->output_bytes(); }
const std::string& Connection::remote() const { return impl_->remote_; }

void Connection::become_peer() {
  impl_->is_peer_ = true;
  impl_->input_.set_body_bytes_max(limits::peer_body_bytes_max);
}

}  // namespace bellwether::transport
