// A disk in memory whose contents outlive the log that uses it: it counts, fails, holds syncs back, and knows
// what was synced, so that a test can be the power cut.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "storage/disk.hpp"

namespace bellwether::storage::test {

using Image = std::vector<std::byte>;

class Medium {
 public:
  Medium() = default;
  explicit Medium(Image image) : written_(image), durable_(std::move(image)) {}

  std::unique_ptr<Disk> disk();  // the medium must outlive it

  Image written() const;
  Image durable() const;  // what a power cut leaves at least
  int writes() const;
  int syncs() const;

  void fail_writes(std::errc error);
  void fail_syncs(std::errc error);
  void fail_reserve(std::errc error);

  void hold_syncs();  // from now on they wait
  void release_syncs();
  void wait_until_a_sync_is_held();

 private:
  class MediumDisk;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Image written_;
  Image durable_;
  int writes_ = 0;
  int syncs_ = 0;
  std::optional<std::errc> write_error_;
  std::optional<std::errc> sync_error_;
  std::optional<std::errc> reserve_error_;
  bool holds_syncs_ = false;
  bool has_held_sync_ = false;
};

}  // namespace bellwether::storage::test
