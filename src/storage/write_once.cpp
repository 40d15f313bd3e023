#include "storage/write_once.hpp"

#include <atomic>
#include <future>
#include <limits>
#include <memory>
#include <utility>
#include <variant>

namespace bellwether::storage {
namespace {

// Told once: the disk may fail after it has written what we wait for. On the disk's thread alone.
class Outcome {
 public:
  std::future<Result<void>> future() { return promise_.get_future(); }
  void tell(Result<void> result) {
    if (!std::exchange(told_, true)) promise_.set_value(std::move(result));
  }

 private:
  std::promise<Result<void>> promise_;
  bool told_ = false;
};

std::vector<replication::NumberedRecord> numbered(std::vector<replication::Record> records) {
  std::vector<replication::NumberedRecord> all;
  for (auto& record : records) all.push_back({all.size() + 1, std::move(record)});
  return all;
}

// Hints ask for no sync, so they are not waited for; closing the log syncs them, too.
RecordNumber last_to_wait_for(const std::vector<replication::NumberedRecord>& records) {
  RecordNumber last = 0;
  for (const auto& [number, record] : records) {
    if (!std::holds_alternative<replication::DecidedRecord>(record)) last = number;
  }
  return last;
}

}  // namespace

Result<void> write_once(const std::filesystem::path& log, const LogOptions& options,
                        const MakeRecords& make) {
  auto outcome = std::make_shared<Outcome>();
  auto written = outcome->future();
  auto wanted = std::make_shared<std::atomic<RecordNumber>>(std::numeric_limits<RecordNumber>::max());
  LogStore::Events events;
  events.on_durable = [outcome, wanted](RecordNumber upto) {
    if (upto >= *wanted) outcome->tell({});
  };
  events.on_failure = [outcome](Error error) { outcome->tell(tl::unexpected(std::move(error))); };
  auto opened = LogStore::open(log, options, std::move(events));
  if (!opened) return tl::unexpected(std::move(opened.error()));
  auto records = numbered(make(opened->state));
  Result<void> result;
  if (!records.empty()) {
    *wanted = last_to_wait_for(records);
    opened->store->write(std::move(records));
    result = written.get();
  }
  opened->store->close();
  return result;
}

}  // namespace bellwether::storage
