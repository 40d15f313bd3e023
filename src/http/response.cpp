#include "http/response.hpp"

#include <array>
#include <cstdio>
#include <ctime>
#include <variant>

#include "protocol/plain_json.hpp"

namespace bellwether::http {
namespace {

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Error";
  }
}

std::string date_of(std::uint64_t now_ms) {
  const auto seconds = static_cast<std::time_t>(now_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

void add(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string encode(const Response& response, const Manner& manner, std::uint64_t now_ms) {
  std::string text =
      "HTTP/1.1 " + std::to_string(response.status) + " " + std::string(reason_of(response.status)) + "\r\n";
  add(text, "Date", date_of(now_ms));
  if (!response.type.empty()) add(text, "Content-Type", response.type);
  if (response.status != 204) add(text, "Content-Length", std::to_string(response.body.size()));
  if (!response.allowed.empty()) add(text, "Allow", response.allowed);
  if (response.status == 503 || response.status == 429) add(text, "Retry-After", "1");
  if (!manner.keeps_alive) add(text, "Connection", "close");
  if (manner.keeps_alive && !manner.takes_chunks) add(text, "Connection", "keep-alive");
  text += "\r\n";
  if (manner.has_body) text += response.body;
  return text;
}

std::string encode_stream_head(std::string_view type, const Manner& manner, std::uint64_t now_ms) {
  std::string text = "HTTP/1.1 200 OK\r\n";
  add(text, "Date", date_of(now_ms));
  add(text, "Content-Type", type);
  add(text, "Cache-Control", "no-store");
  if (manner.takes_chunks) add(text, "Transfer-Encoding", "chunked");
  if (!manner.keeps_alive || !manner.takes_chunks) add(text, "Connection", "close");
  return text + "\r\n";
}

std::string encode_chunk(std::string_view bytes, const Manner& manner) {
  if (bytes.empty()) return {};
  if (!manner.takes_chunks) return std::string(bytes);
  std::array<char, 32> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
  return std::string(size.data()).append(bytes).append("\r\n");
}

std::string encode_stream_end(const Manner& manner) { return manner.takes_chunks ? "0\r\n\r\n" : ""; }

Response response_of(const Refusal& refusal) {
  return {refusal.status, "application/json", json_of(refusal.why), refusal.allowed, refusal.why.code};
}

Response response_of(const Packet& answer) {
  const auto* error = std::get_if<ErrorAnswer>(&answer);
  if (error == nullptr) return {200, "application/json", json_of(answer), {}};
  return {status_of(error->code), "application/json", json_of(answer), {}, error->code};
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::bad_packet:
    case ErrorCode::refused:
      return 400;
    case ErrorCode::unknown_type:
      return 404;
    case ErrorCode::unknown_producer:
    case ErrorCode::sequence_gap:
    case ErrorCode::wrong_cluster:
    case ErrorCode::wrong_node:
    case ErrorCode::id_in_use:
    case ErrorCode::not_a_member:
      return 409;
    case ErrorCode::offset_dropped:
      return 410;
    case ErrorCode::too_large:
      return 413;
    case ErrorCode::busy:
      return 429;
    case ErrorCode::not_built:
    case ErrorCode::version:
      return 501;
    case ErrorCode::not_leader:
    case ErrorCode::no_leader:
    case ErrorCode::no_majority:
    case ErrorCode::retry:
    case ErrorCode::leaving:
    case ErrorCode::removed:
      return 503;
    case ErrorCode::unknown:
      return 504;
    case ErrorCode::disk_full:
      return 507;
  }
  return 503;
}

}  // namespace bellwether::http
