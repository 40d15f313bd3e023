// producer/numbered_source.hpp: numbered messages, one every interval, or as many as the cluster takes.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <string>

#include "client/appender.hpp"
#include "client/source.hpp"
#include "producer/options.hpp"

namespace bellwether::producer {

// The text of the message with this number (from 1): prefix, number, and dots up to `bytes`.
std::string numbered_message(const std::string& prefix, std::uint64_t number, std::size_t bytes);

class NumberedSource : public client::Source {
 public:
  NumberedSource(asio::io_context& io, const Options& options, client::Appender& appender);

  void start() override;
  void on_room() override;
  void stop() override;
  std::string problem() const override { return {}; }

 private:
  void produce();
  bool is_at_end() const { return stopped_ || (options_.count && made_ == *options_.count); }
  bool append_next();
  void wait();

  const Options& options_;
  client::Appender& appender_;
  asio::steady_timer timer_;
  std::uint64_t made_ = 0;
  bool stopped_ = false;
};

}  // namespace bellwether::producer
