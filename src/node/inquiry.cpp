#include "node/inquiry.hpp"

#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <exception>
#include <utility>
#include <variant>

#include "node/ask.hpp"
#include "transport/coroutine.hpp"

namespace bellwether::node {

Inquiry::Inquiry(asio::io_context& io, std::vector<std::string> addresses, std::chrono::milliseconds within,
                 OnDone on_done)
    : io_(io), addresses_(std::move(addresses)), within_(within), on_done_(std::move(on_done)) {}

void Inquiry::start() {
  under_way_ = addresses_.size();
  if (under_way_ == 0) {
    asio::post(io_, [self = shared_from_this()] { self->on_done_(self->findings_); });
    return;
  }
  for (const auto& address : addresses_) {
    auto run = [self = shared_from_this(), address] { return self->ask_at(address); };
    auto ended = [self = shared_from_this()](const std::exception_ptr& exception) {
      if (exception) transport::report_exception(exception, "asking who is there");
      self->end_one();
    };
    asio::co_spawn(io_, std::move(run), std::move(ended));
  }
}

asio::awaitable<void> Inquiry::ask_at(std::string address) {
  Packet question = StatusRequest{};
  const auto answer = co_await ask(address, std::move(question), within_);
  if (!answer) co_return;
  if (const auto* status = std::get_if<StatusAnswer>(&*answer)) {
    findings_.push_back({std::move(address), *status});
  }
}

void Inquiry::end_one() {
  if (--under_way_ == 0) on_done_(findings_);
}

}  // namespace bellwether::node
