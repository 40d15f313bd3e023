#include "transport/listener.hpp"

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <utility>

#include "protocol/limits.hpp"
#include "transport/address.hpp"
#include "transport/coroutine.hpp"
#include "transport/first_byte.hpp"
#include "transport/refusal.hpp"

namespace bellwether::transport {
namespace {

using asio::ip::tcp;

constexpr std::chrono::milliseconds accept_again_after{
    100};  // out of file descriptors: some may be free by then
// Beyond the limit; further ones are just closed. Each holds a descriptor for up to linger_within.
std::size_t refused_at_once_max(const ConnectionLimits& limits) {
  return std::clamp<std::size_t>(limits.connections_max / 4, 8, 256);
}
constexpr std::size_t white_space_bytes_max = 64 * limits::kib;

// A socket whose language is not known yet.
struct Newcomer {
  explicit Newcomer(tcp::socket accepted) : socket(std::move(accepted)) {}
  tcp::socket socket;
  std::shared_ptr<void> place;
};

Error bind_error(std::error_code code, const std::string& host, std::uint16_t port) {
  const std::string what = "port " + std::to_string(port) + " on " + host;
  if (code == std::errc::address_in_use) {
    return {code, what + " is in use by another program: stop it or choose another --myport"};
  }
  if (code == std::errc::permission_denied) {
    return {code, what + " is not allowed for this user: choose a --myport above 1023"};
  }
  if (code == std::errc::address_not_available) {
    return {code, host + " is not an address of this machine: choose another --bind"};
  }
  return {code, "cannot listen on " + what + ": " + code.message()};
}

Result<tcp::endpoint> resolve(asio::io_context& io, std::string host, std::uint16_t port) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (!error) return tcp::endpoint(address, port);
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (error || found.empty()) {
    return failure(error,
                   "the host name " + host + " has no address: correct --bind (" + error.message() + ")");
  }
  return found.begin()->endpoint();
}

// Asio's own system category does not compare equal to std::errc's conditions, so its errors are said in the
// standard's.
std::error_code bind_and_listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  std::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);  // a restart does not wait
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  return {error.value(), std::system_category()};
}

}  // namespace

struct Listener::Impl : std::enable_shared_from_this<Impl> {
  Impl(tcp::acceptor acceptor, PacketHandler& handler, const ConnectionLimits& limits)
      : acceptor_(std::move(acceptor)),
        pause_timer_(acceptor_.get_executor()),
        handler_(handler),
        limits_(limits) {}

  asio::awaitable<void> accept_loop();
  void admit(tcp::socket socket);
  void turn_away(tcp::socket socket);
  asio::awaitable<void> greet(std::shared_ptr<Newcomer> newcomer);
  void become_connection(Newcomer& newcomer);
  void become_session(Newcomer& newcomer);

  std::shared_ptr<void> take_place(std::function<void()> close);
  void close();
  void close_connections();

  tcp::acceptor acceptor_;
  asio::steady_timer pause_timer_;
  PacketHandler& handler_;
  const ConnectionLimits limits_;
  std::shared_ptr<SessionMaker> http_;
  std::map<std::uint64_t, std::function<void()>> places_;  // how to close what takes each
  std::uint64_t next_place_ = 0;
  std::uint64_t accepted_ = 0;
  std::size_t being_refused_ = 0;
};

asio::awaitable<void> Listener::Impl::accept_loop() {
  while (acceptor_.is_open()) {
    tcp::socket socket(acceptor_.get_executor());
    const auto [error] = co_await acceptor_.async_accept(socket, as_result);
    if (!acceptor_.is_open()) break;
    if (!error) {
      ++accepted_;
      admit(std::move(socket));
      continue;
    }
    pause_timer_.expires_after(accept_again_after);
    co_await pause_timer_.async_wait(as_result);
  }
}

void Listener::Impl::admit(tcp::socket socket) {
  if (places_.size() >= limits_.connections_max) return turn_away(std::move(socket));
  auto newcomer = std::make_shared<Newcomer>(std::move(socket));
  newcomer->place = take_place([weak = std::weak_ptr<Newcomer>(newcomer)] {
    std::error_code ignored;
    if (const auto still_there = weak.lock()) still_there->socket.close(ignored);
  });
  auto run = [self = shared_from_this(), newcomer] { return self->greet(newcomer); };
  auto ended = [newcomer](const std::exception_ptr& exception) {
    if (exception) report_exception(exception, "greeting a connection");
  };
  asio::co_spawn(acceptor_.get_executor(), std::move(run), std::move(ended));
}

void Listener::Impl::turn_away(tcp::socket socket) {
  handler_.on_refused(ErrorCode::busy);
  if (being_refused_ >= refused_at_once_max(limits_)) return;
  ++being_refused_;
  auto refused = std::make_shared<tcp::socket>(std::move(socket));
  auto run = [refused, limits = limits_] { return refuse_busy(*refused, limits); };
  auto ended = [self = shared_from_this(), refused](const std::exception_ptr& exception) {
    if (exception) report_exception(exception, "turning a connection away");
    --self->being_refused_;
  };
  asio::co_spawn(acceptor_.get_executor(), std::move(run), std::move(ended));
}

// Looks at the first bytes without taking them, so that the connection gets its stream whole.
asio::awaitable<void> Listener::Impl::greet(std::shared_ptr<Newcomer> newcomer) {
  tcp::socket& socket = newcomer->socket;
  std::optional<Speech> speech;
  {
    const Deadline deadline(socket, limits_.first_byte_within);
    std::array<char, 64> start;
    for (std::size_t skipped = 0; !speech && skipped <= white_space_bytes_max;) {
      const auto buffer = asio::buffer(start);
      const auto [error, size] = co_await socket.async_receive(buffer, tcp::socket::message_peek, as_result);
      if (error) co_return;
      const FirstByte first = recognise({start.data(), size});
      speech = first.speech;
      skipped += first.skipped;
      std::error_code ignored;
      if (first.skipped > 0) socket.receive(asio::buffer(start, first.skipped), 0, ignored);
    }
  }
  if (speech == Speech::packets) co_return become_connection(*newcomer);
  if (speech == Speech::http && http_) co_return become_session(*newcomer);
  handler_.on_refused(reason_to_refuse(speech.value_or(Speech::unknown)));
  co_await refuse_speech(socket, speech.value_or(Speech::unknown), limits_);
}

void Listener::Impl::become_connection(Newcomer& newcomer) {
  newcomer.place.reset();
  const auto connection = std::make_shared<Connection>(std::move(newcomer.socket), handler_, limits_);
  connection->place = take_place([weak = connection->weak_from_this()] {
    if (const auto still_there = weak.lock()) still_there->close();
  });
  connection->start();
}

void Listener::Impl::become_session(Newcomer& newcomer) {
  newcomer.place.reset();
  const auto session = http_->make(std::move(newcomer.socket));
  session->place = take_place([weak = std::weak_ptr<Session>(session)] {
    if (const auto still_there = weak.lock()) still_there->close();
  });
  session->start();
}

// The place is given back when the last owner of what is returned lets it go.
std::shared_ptr<void> Listener::Impl::take_place(std::function<void()> close_it) {
  const std::uint64_t number = next_place_++;
  places_.emplace(number, std::move(close_it));
  auto give_back = [weak = weak_from_this(), number](void*) {
    if (const auto self = weak.lock()) self->places_.erase(number);
  };
  return std::shared_ptr<void>(nullptr, std::move(give_back));
}

void Listener::Impl::close() {
  std::error_code ignored;
  acceptor_.close(ignored);
  pause_timer_.cancel();
}

void Listener::Impl::close_connections() {
  const auto places = places_;  // closing gives the place back
  for (const auto& [number, close_it] : places) close_it();
}

Result<std::unique_ptr<Listener>> Listener::open(asio::io_context& io, const std::string& host,
                                                 std::uint16_t port, PacketHandler& handler,
                                                 ConnectionLimits limits) {
  const auto endpoint = resolve(io, host, port);
  if (!endpoint) return tl::unexpected(endpoint.error());
  tcp::acceptor acceptor(io);
  if (const std::error_code error = bind_and_listen(acceptor, *endpoint)) {
    return tl::unexpected(bind_error(error, host, port));
  }
  auto impl = std::make_shared<Impl>(std::move(acceptor), handler, limits);
  return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

Listener::Listener(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::~Listener() { stop(); }

void Listener::speak_http(std::shared_ptr<SessionMaker> http) { impl_->http_ = std::move(http); }

void Listener::start() {
  spawn(impl_->acceptor_.get_executor(), impl_, &Impl::accept_loop, "accepting connections");
}

void Listener::stop() { impl_->close(); }
void Listener::close_connections() { impl_->close_connections(); }

std::uint16_t Listener::port() const {
  std::error_code ignored;
  return impl_->acceptor_.local_endpoint(ignored).port();
}

std::size_t Listener::connections() const { return impl_->places_.size(); }
std::uint64_t Listener::accepted() const { return impl_->accepted_; }

}  // namespace bellwether::transport
