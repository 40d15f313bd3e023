#include "http/request_parser.hpp"

#include <llhttp.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/assert.hpp"
#include "http/body_buffer.hpp"
#include "http/limits.hpp"

namespace bellwether::http {
namespace {

constexpr std::size_t input_bytes = 4096;  // of a connection that waits: there may be 10,000 of them

Method method_of(const llhttp_t& parser) {
  switch (parser.method) {
    case HTTP_GET:
      return Method::get;
    case HTTP_HEAD:
      return Method::head;
    case HTTP_POST:
      return Method::post;
    case HTTP_OPTIONS:
      return Method::options;
    default:
      return Method::other;
  }
}

bool brings_a_body(const llhttp_t& parser) {
  return parser.method == HTTP_POST || parser.method == HTTP_PUT || parser.method == HTTP_PATCH;
}

Refusal too_large_head() {
  return refuse(431, ErrorCode::too_large, "the request's head is over 64 KiB",
                "send fewer or shorter headers");
}

Refusal too_large_body() {
  return refuse(413, ErrorCode::too_large, "the body is over 8 MiB", "split it into several requests");
}

Refusal refusal_of(llhttp_errno_t error, const char* reason) {
  if (error == HPE_INVALID_METHOD) {
    return refuse(501, ErrorCode::not_built, "no such method is known here",
                  "use GET, HEAD, POST or OPTIONS");
  }
  if (error == HPE_INVALID_VERSION || error == HPE_PAUSED_H2_UPGRADE) {
    return refuse(505, ErrorCode::not_built, "this version of HTTP is not spoken here", "use HTTP/1.1");
  }
  const std::string why = reason == nullptr ? std::string(llhttp_errno_name(error)) : std::string(reason);
  return refuse(400, ErrorCode::bad_packet, "that is no HTTP/1.1 request: " + why);
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

}  // namespace

struct RequestParser::Impl {
  Impl() { llhttp_init(&parser, HTTP_REQUEST, &settings()); }

  static const llhttp_settings_t& settings();
  static Impl& of(llhttp_t* parser);

  int on_target(std::string_view piece);
  int on_header();
  int on_head();
  int on_body(std::string_view piece);
  std::optional<Refusal> check_head() const;
  std::optional<Refusal> check_coding() const;
  int fail(Refusal why);

  void feed();
  Request take();

  llhttp_t parser{};
  std::array<std::byte, input_bytes> input;
  std::size_t begin = 0;  // in input: what llhttp has not seen yet, [begin, end)
  std::size_t end = 0;

  Request request;
  Header header;  // being read
  BodyBuffer body;
  std::size_t head_bytes = 0;
  bool has_begun = false;  // something of a request was seen
  bool has_head = false;
  bool is_complete = false;
  bool expects = false;  // a word before it sends the body
  std::optional<Refusal> refusal;
};

// ---- what llhttp finds

RequestParser::Impl& RequestParser::Impl::of(llhttp_t* parser) { return *static_cast<Impl*>(parser->data); }

const llhttp_settings_t& RequestParser::Impl::settings() {
  static const llhttp_settings_t all = [] {
    llhttp_settings_t made;
    llhttp_settings_init(&made);
    made.on_message_begin = [](llhttp_t* parser) {
      of(parser).has_begun = true;
      return 0;
    };
    made.on_url = [](llhttp_t* parser, const char* at, std::size_t size) {
      return of(parser).on_target({at, size});
    };
    made.on_header_field = [](llhttp_t* parser, const char* at, std::size_t size) {
      of(parser).header.name.append(at, size);
      return 0;
    };
    made.on_header_value = [](llhttp_t* parser, const char* at, std::size_t size) {
      of(parser).header.value.append(at, size);
      return 0;
    };
    made.on_header_value_complete = [](llhttp_t* parser) { return of(parser).on_header(); };
    made.on_headers_complete = [](llhttp_t* parser) { return of(parser).on_head(); };
    made.on_body = [](llhttp_t* parser, const char* at, std::size_t size) {
      return of(parser).on_body({at, size});
    };
    made.on_message_complete = [](llhttp_t* parser) {
      of(parser).is_complete = true;
      return static_cast<int>(HPE_PAUSED);
    };
    return made;
  }();
  return all;
}

int RequestParser::Impl::fail(Refusal why) {
  refusal = std::move(why);
  return -1;
}

int RequestParser::Impl::on_target(std::string_view piece) {
  request.target += piece;
  if (request.target.size() <= limits::target_bytes_max) return 0;
  return fail(refuse(414, ErrorCode::too_large, "the request's target is over 8 KiB"));
}

// Those behind a body in chunks say nothing that is needed here.
int RequestParser::Impl::on_header() {
  header.name = lower_case(std::move(header.name));
  if (!has_head) request.headers.push_back(std::move(header));
  header = {};
  return 0;
}

int RequestParser::Impl::on_head() {
  has_head = true;
  parser.upgrade = 0;  // to another protocol: a server may go on with this one
  request.method = method_of(parser);
  request.keeps_alive = llhttp_should_keep_alive(&parser) != 0;
  request.takes_chunks = parser.http_major == 1 && parser.http_minor >= 1;
  if (auto why = check_head()) return fail(*std::move(why));
  const bool is_chunked = (parser.flags & F_CHUNKED) != 0;
  const bool has_body = is_chunked || parser.content_length > 0;
  if (has_body && !is_chunked) body.expect(static_cast<std::size_t>(parser.content_length));
  expects = has_body && request.takes_chunks && !request.header("expect").empty();
  return 0;
}

std::optional<Refusal> RequestParser::Impl::check_head() const {
  if (parser.http_major != 1) return refusal_of(HPE_INVALID_VERSION, nullptr);
  const auto hosts = std::ranges::count(request.headers, "host", &Header::name);
  if (hosts > 1 || (hosts == 0 && request.takes_chunks)) {
    return refuse(400, ErrorCode::bad_packet, "a request of HTTP/1.1 has one Host header");
  }
  if (auto why = check_coding()) return why;
  const auto expectation = request.header("expect");
  if (!expectation.empty() && !is_same_word(expectation, "100-continue")) {
    return refuse(417, ErrorCode::not_built, "this expectation cannot be met", "only 100-continue is known");
  }
  return std::nullopt;
}

std::optional<Refusal> RequestParser::Impl::check_coding() const {
  const auto coding = request.header("transfer-encoding");
  if (!coding.empty() && !is_same_word(coding, "chunked")) {
    return refuse(501, ErrorCode::not_built, "this transfer coding is not known here",
                  "send the body plain or chunked");
  }
  const bool has_length = (parser.flags & F_CONTENT_LENGTH) != 0;
  if (coding.empty() && !has_length && brings_a_body(parser)) {
    return refuse(411, ErrorCode::bad_packet, "the length of the body is missing",
                  "send Content-Length, or the body in chunks");
  }
  if (has_length && parser.content_length > limits::body_bytes_max) return too_large_body();
  return std::nullopt;
}

int RequestParser::Impl::on_body(std::string_view piece) {
  if (piece.size() > limits::body_bytes_max - body.size()) return fail(too_large_body());
  body.add(std::as_bytes(std::span(piece)));
  return 0;
}

// ---- feeding it

RequestParser::RequestParser() : impl_(std::make_unique<Impl>()) { impl_->parser.data = impl_.get(); }
RequestParser::~RequestParser() = default;

std::span<std::byte> RequestParser::space() {
  Impl& impl = *impl_;
  BELLWETHER_ASSERT(impl.begin == impl.end);
  impl.begin = impl.end = 0;
  const auto rest = impl.body.space();
  return rest.empty() ? std::span<std::byte>(impl.input) : rest;
}

void RequestParser::grew(std::size_t bytes) {
  Impl& impl = *impl_;
  const auto rest = impl.body.space();
  if (rest.empty()) {
    impl.end += bytes;
    return;
  }
  // All of it is body: llhttp counts it, and on_body() finds it in its place.
  const auto* at = reinterpret_cast<const char*>(rest.data());
  const auto error = llhttp_execute(&impl.parser, at, bytes);
  BELLWETHER_ASSERT(error == HPE_OK || error == HPE_PAUSED);
}

bool RequestParser::is_empty() const {
  return impl_->begin == impl_->end && !impl_->has_begun && !impl_->refusal;
}

RequestParser::Next RequestParser::next() {
  Impl& impl = *impl_;
  while (!impl.refusal && !impl.is_complete && impl.begin < impl.end) impl.feed();
  if (impl.refusal) return *impl.refusal;
  if (!impl.is_complete) return {};
  return impl.take();
}

void RequestParser::Impl::feed() {
  std::size_t size = end - begin;
  if (!has_head) size = std::min(size, limits::head_bytes_max - head_bytes);
  const auto* at = reinterpret_cast<const char*>(input.data() + begin);
  const auto error = llhttp_execute(&parser, at, size);
  if (error == HPE_OK) {
    begin += size;
  } else if (error == HPE_PAUSED && is_complete) {
    begin += static_cast<std::size_t>(llhttp_get_error_pos(&parser) - at);
  } else if (!refusal) {
    refusal = refusal_of(error, llhttp_get_error_reason(&parser));
  }
  if (has_head || refusal) return;
  head_bytes += size;
  if (head_bytes == limits::head_bytes_max) refusal = too_large_head();
}

Request RequestParser::Impl::take() {
  llhttp_resume(&parser);
  request.message = body.take();
  head_bytes = 0;
  has_begun = has_head = is_complete = expects = false;
  return std::exchange(request, {});
}

const Request* RequestParser::take_expectation() {
  Impl& impl = *impl_;
  const bool is_waiting = impl.has_head && !impl.is_complete && impl.body.size() == 0 && !impl.refusal;
  return std::exchange(impl.expects, false) && is_waiting ? &impl.request : nullptr;
}

}  // namespace bellwether::http
