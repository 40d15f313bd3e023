// client/line_source.hpp: the lines of the standard input, each one message.
#pragma once

#include <asio/io_context.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <system_error>

#include "client/appender.hpp"
#include "client/line_cutter.hpp"
#include "client/source.hpp"
#include "client/stdin_reader.hpp"

namespace bellwether::client {

class LineSource : public Source {
 public:
  // `lines_max`: no more lines than that, even if the input goes on.
  LineSource(asio::io_context& io, int fd, std::optional<std::uint64_t> lines_max, Appender& appender);

  void start() override;
  void on_room() override { feed(); }
  void stop() override;
  std::string problem() const override { return problem_; }

 private:
  void on_chunk(Bytes chunk);
  void on_end(std::error_code error);
  void feed();
  bool append_lines();
  bool go_on();

  asio::io_context& io_;
  int fd_;
  std::optional<std::uint64_t> lines_max_;
  Appender& appender_;
  LineCutter cutter_;
  std::deque<Bytes> chunks_;  // the first one is with the cutter
  std::optional<StdinReader> reader_;
  bool input_ended_ = false;
  bool stopped_ = false;
  std::string problem_;
};

}  // namespace bellwether::client
