#include "http/session.hpp"

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <optional>
#include <utility>
#include <variant>

#include "base/wall_clock.hpp"
#include "http/limits.hpp"
#include "http/message_text.hpp"
#include "http/ndjson.hpp"
#include "http/questions.hpp"
#include "protocol/limits.hpp"
#include "protocol/plain_json.hpp"
#include "transport/coroutine.hpp"
#include "transport/socket_options.hpp"

namespace bellwether::http {
namespace {

using transport::as_result;
using transport::Clock;
using transport::Deadline;

constexpr std::size_t discarded_bytes_max =
    16 * bellwether::limits::mib;  // of a sender that was told to stop

}  // namespace

Session::Session(asio::ip::tcp::socket socket, node::Service& service,
                 const transport::ConnectionLimits& limits)
    : socket_(std::move(socket)),
      service_(service),
      limits_(limits),
      wakeup_(socket_.get_executor()),
      request_began_(Clock::now()) {}

void Session::start() {
  transport::set_stream_options(socket_);
  const auto executor = socket_.get_executor();
  transport::spawn(executor, shared_from_this(), &Session::run, "an HTTP session");
}

void Session::close() {
  if (!std::exchange(is_open_, false)) return;
  std::error_code ignored;
  socket_.close(ignored);
  wakeup_.notify();
  place.reset();
}

asio::awaitable<void> Session::run() {
  bool goes_on = true;
  while (goes_on && is_open_) {
    RequestParser::Next next = co_await receive();
    if (auto* request = std::get_if<Request>(&next)) {
      goes_on = co_await serve(std::move(*request));
    } else {
      goes_on = false;
      if (const auto* refusal = std::get_if<Refusal>(&next)) {
        Response response = response_of(*refusal);
        co_await send(std::move(response), Manner{});
      }
    }
  }
  if (is_open_) co_await linger();
  close();
}

// ---- requests come in

asio::awaitable<RequestParser::Next> Session::receive() {
  request_began_ = Clock::now();
  while (is_open_) {
    RequestParser::Next next = parser_.next();
    if (!std::holds_alternative<std::monostate>(next)) co_return next;
    if (const Request* head = parser_.take_expectation()) {
      auto resolved = resolve(*head);
      if (auto* refusal = std::get_if<Refusal>(&resolved)) co_return std::move(*refusal);
      std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await write(std::move(go_on));
    }
    const bool is_idle = parser_.is_empty();
    const bool has_read = co_await read_more();
    if (has_read) {
      if (is_idle) request_began_ = Clock::now();
      continue;
    }
    if (is_idle || !is_open_) break;
    if (is_late_) {
      co_return refuse(408, ErrorCode::bad_packet, "the request did not come to its end within 60 s");
    }
    if (is_eof_)
      co_return refuse(400, ErrorCode::bad_packet, "the connection ended in the middle of a request");
    break;
  }
  co_return RequestParser::Next();
}

std::chrono::milliseconds Session::patience() const {
  if (parser_.is_empty()) return limits_.idle_within;
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - request_began_);
  return std::max(limits_.packet_within - passed, std::chrono::milliseconds(0));
}

asio::awaitable<bool> Session::read_more() {
  const Deadline deadline(socket_.get_executor(), patience(), [this] {
    is_late_ = true;
    std::error_code ignored;
    socket_.cancel(ignored);
  });
  const auto space = parser_.space();
  const auto buffer = asio::buffer(space.data(), space.size());
  const auto [error, size] = co_await socket_.async_read_some(buffer, as_result);
  if (error == asio::error::eof) is_eof_ = true;
  if (error || !is_open_) co_return false;
  parser_.grew(size);
  co_return true;
}

// ---- what is asked

asio::awaitable<bool> Session::serve(Request request) {
  Manner manner;
  manner.has_body = request.method != Method::head;
  manner.keeps_alive = request.keeps_alive;
  manner.takes_chunks = request.takes_chunks;
  const auto resolved = resolve(request);
  Response response;
  if (const auto* refusal = std::get_if<Refusal>(&resolved)) {
    response = response_of(*refusal);
    co_return co_await send(std::move(response), manner);
  }
  const auto& [call, query, allowed] = std::get<Resolved>(resolved);
  if (call == Call::messages) {
    auto asked = read_message_query(request, query);
    if (auto* found = std::get_if<MessageQuery>(&asked)) co_return co_await stream(std::move(*found), manner);
    response = response_of(std::get<Refusal>(asked));
  } else if (call == Call::append || call == Call::log_line) {
    const Call which = call;
    response = co_await append(std::move(request), which);
  } else {
    response = answer(std::get<Resolved>(resolved), service_);
  }
  co_return co_await send(std::move(response), manner);
}

// ---- messages come in

asio::awaitable<Response> Session::append(Request request, Call call) {
  std::uint32_t count = 1;
  Bytes messages = std::move(request.message);
  const auto type = request.header("content-type");
  const bool is_lines = is_same_word(type.substr(0, type.find(';')), "application/x-ndjson");
  if (call == Call::append && is_lines) {
    auto split = split_lines(messages.text().substr(limits::message_prefix_bytes));
    if (const auto* refusal = std::get_if<Refusal>(&split)) co_return response_of(*refusal);
    count = std::get<Lines>(split).count;
    messages = std::move(std::get<Lines>(split).messages);
  }
  const Packet answer = co_await append_group(count, std::move(messages));
  Response response = response_of(answer);
  if (call == Call::log_line && response.status == 200) {
    response.type = "text/plain; charset=utf-8";
    response.body = "OK";
  }
  co_return response;
}

asio::awaitable<Packet> Session::append_group(std::uint32_t count, Bytes messages) {
  const auto answered = std::make_shared<std::optional<Packet>>();
  auto done = [self = shared_from_this(), answered](const Packet& answer) {
    *answered = answer;
    self->wakeup_.notify();
  };
  service_.append(count, std::move(messages), std::move(done));
  while (!*answered && is_open_) co_await wakeup_.wait();
  if (!*answered) co_return Packet(ErrorAnswer{});  // nobody hears it any more
  co_return std::move(**answered);
}

// ---- messages go out

asio::awaitable<bool> Session::stream(MessageQuery query, Manner manner) {
  std::string head = encode_stream_head(query.as_events ? "text/event-stream" : "application/x-ndjson",
                                        manner, wall_clock_ms());
  if (!manner.takes_chunks) manner.keeps_alive = false;
  if (!manner.has_body) {
    const bool written = co_await write(std::move(head));
    co_return (written && manner.keeps_alive);
  }
  auto on_more = [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->wakeup_.notify();
  };
  const auto reading = service_.read(query.tail, std::move(on_more));
  if (query.tail.follow) {
    const auto executor = socket_.get_executor();
    transport::spawn(executor, shared_from_this(), &Session::watch_input, "watching an HTTP session");
  }
  while (is_open_) {
    std::optional<Packet> packet = reading->take();
    std::string text;
    if (packet && !std::holds_alternative<Messages>(*packet)) {
      const bool has_begun = head.empty();
      if (!has_begun && std::holds_alternative<ErrorAnswer>(*packet)) {
        Response response = response_of(*packet);
        co_return co_await send(std::move(response), manner);
      }
      co_await write(std::move(head));
      co_return co_await end_stream(std::move(*packet), query.as_events, manner);
    }
    if (packet) {
      const auto& messages = std::get<Messages>(*packet);
      text = encode_chunk(query.as_events ? events_of(messages) : lines_of(messages), manner);
    }
    if (packet || query.tail.follow) text.insert(0, std::exchange(head, {}));
    if (!text.empty()) {
      co_await write(std::move(text));
    } else if (!packet) {
      co_await wakeup_.wait();
      if (query.tail.follow && is_eof_) close();
    }
  }
  co_return false;
}

// One that broke off has no last chunk, so that nobody takes it for the whole; an event says it in words.
asio::awaitable<bool> Session::end_stream(Packet last, bool as_events, Manner manner) {
  std::error_code ignored;
  socket_.cancel(ignored);  // nobody watches the input any more
  const auto* end = std::get_if<End>(&last);
  if (const auto* error = std::get_if<ErrorAnswer>(&last)) service_.on_refused(error->code);
  const bool is_whole = end != nullptr && (end->reason == "limit" || end->reason == "caught-up");
  std::string text;
  if (as_events) {
    text = encode_chunk(event_of(end != nullptr ? "end" : "error", last), manner);
  } else if (!is_whole) {
    text = encode_chunk(json_of(last), manner);
  }
  if (is_whole || as_events) text += encode_stream_end(manner);
  const bool written = co_await write(std::move(text));
  const bool can_go_on = is_whole || as_events;
  co_return (written && can_go_on && manner.keeps_alive);
}

// While messages are followed the other is not expected to say anything: it would hardly be missed if it were gone.
asio::awaitable<void> Session::watch_input() {
  const auto [error] = co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, as_result);
  std::error_code failed;
  if (error || !is_open_ || socket_.available(failed) > 0) co_return;
  is_eof_ = true;
  wakeup_.notify();
}

// ---- answers go out

asio::awaitable<bool> Session::send(Response response, Manner manner) {
  if (response.refused) service_.on_refused(*response.refused);
  std::string text = encode(response, manner, wall_clock_ms());
  const bool written = co_await write(std::move(text));
  co_return (written && manner.keeps_alive);
}

// The time is for each piece that the other takes.
asio::awaitable<bool> Session::write(std::string text) {
  for (std::size_t at = 0; at < text.size() && is_open_;) {
    const Deadline deadline(socket_, limits_.write_within);
    const auto buffer = asio::buffer(text.data() + at, text.size() - at);
    const auto [error, size] = co_await socket_.async_write_some(buffer, as_result);
    if (error) close();
    at += size;
  }
  co_return is_open_;
}

// Closing a socket with unread input resets it, and a reset can overtake the last answer. So our end is closed first, then
// what the other still sends is read and dropped for a while.
asio::awaitable<void> Session::linger() {
  const Deadline deadline(socket_, limits_.linger_within);
  std::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  std::array<std::byte, 4096> scratch;
  for (std::size_t discarded = 0; !is_eof_ && discarded < discarded_bytes_max;) {
    const auto buffer = asio::buffer(scratch);
    const auto [error, size] = co_await socket_.async_read_some(buffer, as_result);
    if (error) break;
    discarded += size;
  }
}

}  // namespace bellwether::http
