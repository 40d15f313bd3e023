// producer/producer.hpp: wires the source of the messages, the appender and the console together, and ends
// the program: when every message is acknowledged, when it cannot go on, or when a signal asks for it.
// Threads: the one that runs the io_context.
#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "client/appender.hpp"
#include "client/source.hpp"
#include "producer/console.hpp"
#include "producer/options.hpp"
#include "producer/statistics.hpp"

namespace bellwether::producer {

enum class ExitStatus { all_acknowledged = 0, not_all_acknowledged = 1, usage = 2, nobody_reached = 3 };

class Producer {
 public:
  explicit Producer(Options options);
  ExitStatus run();

 private:
  client::Appender::Events events();
  std::shared_ptr<client::Appender> make_appender();
  std::unique_ptr<client::Source> make_source();

  void on_acknowledged(const client::Acknowledgement& acknowledgement);
  void on_failed(const client::AppendFailure& failure);
  void on_signal();
  void wait_for_signal();
  void show_progress();
  void end(ExitStatus status);
  void summarise();
  const char* noun() const { return options_.from_stdin ? "line" : "message"; }

  Options options_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::signal_set signals_;
  asio::steady_timer grace_;
  asio::steady_timer progress_;
  Console console_;
  Statistics statistics_;
  std::shared_ptr<client::Appender> appender_;
  std::unique_ptr<client::Source> source_;
  bool stopping_ = false;
  ExitStatus status_ = ExitStatus::not_all_acknowledged;
};

}  // namespace bellwether::producer
