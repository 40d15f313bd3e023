// node/printer.hpp: prints decided messages to stdout, one line `OFFSET MESSAGE` each, on a thread of its
// own. A stdout that nobody reads must not stop the cluster: when the queue is full, messages are skipped
// and counted. A closed stdout ends the printing and nothing else.
// Threads: print() from the I/O thread; the rest from the thread that owns it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "protocol/entry.hpp"

namespace bellwether::node {

class Printer {
 public:
  static constexpr std::size_t queue_bytes_max_default = 16 * 1024 * 1024;
  // On the printer's thread, once per gap, when it ends.
  using OnSkipped = std::function<void(std::uint64_t messages)>;

  explicit Printer(int file, OnSkipped on_skipped = {},
                   std::size_t queue_bytes_max = queue_bytes_max_default);
  // Prints what is queued if somebody reads it; waits no longer than a quarter of a second for that.
  ~Printer();
  Printer(const Printer&) = delete;
  Printer& operator=(const Printer&) = delete;

  void print(Offset first, EntryPtr entry);  // never blocks

 private:
  struct Item {
    Offset first = 0;
    EntryPtr entry;
  };

  void run();
  bool wait_for_item(Item& item);  // false: nothing more to print
  void print_item(const Item& item);
  bool write_all(std::string_view text);  // false: nobody will read it
  bool wait_writable();

  int file_;
  OnSkipped on_skipped_;
  std::size_t queue_bytes_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> queue_;
  std::size_t queue_bytes_ = 0;
  std::uint64_t skipped_ = 0;  // since the last report
  bool stopping_ = false;
  bool closed_ = false;  // the printer's thread alone looks at it
  std::thread thread_;
};

}  // namespace bellwether::node
