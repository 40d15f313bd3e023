#include "node/bootstrap.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "storage/log_store.hpp"

namespace bellwether::node {
namespace {

constexpr NodeId first_member{1};
constexpr RecordNumber last_record = 3;

std::vector<replication::NumberedRecord> first_records(const storage::Identity& identity,
                                                       const std::string& address, std::uint32_t priority) {
  const Ballot ballot{1, priority, first_member};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  InitCluster init{identity.cluster, identity.token, address, priority};
  auto entry = make_entry(1, ballot, static_cast<std::uint64_t>(now_ms), std::move(init));
  std::vector<replication::NumberedRecord> records;
  records.push_back({1, replication::PromiseRecord{ballot}});
  records.push_back({2, replication::AppendRecord{1, {std::move(entry)}}});
  records.push_back({last_record, replication::DecidedRecord{1}});
  return records;
}

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

Result<void> write_and_wait(const std::filesystem::path& log,
                            std::vector<replication::NumberedRecord> records) {
  auto outcome = std::make_shared<Outcome>();
  auto written = outcome->future();
  storage::LogStore::Events events;
  events.on_durable = [outcome](RecordNumber upto) {
    if (upto >= last_record - 1) outcome->tell({});
  };
  events.on_failure = [outcome](Error error) { outcome->tell(tl::unexpected(std::move(error))); };
  events.on_slow_sync = [](std::uint64_t) {};
  auto opened = storage::LogStore::open(log, {}, std::move(events));
  if (!opened) return tl::unexpected(std::move(opened.error()));
  opened->store->write(std::move(records));
  auto result = written.get();
  opened->store->close();
  return result;
}

}  // namespace

std::uint64_t random_number() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

std::string random_name() {
  constexpr char digits[] = "0123456789abcdef";
  std::string name;
  for (int half = 0; half < 2; ++half) {
    auto bits = random_number();
    for (int digit = 0; digit < 16; ++digit, bits >>= 4) name += digits[bits & 15];
  }
  return name;
}

Result<storage::Identity> found_cluster(storage::DataDirectory& directory, const std::string& address,
                                        std::uint32_t priority) {
  storage::Identity identity;
  identity.cluster = random_name();
  identity.key = random_name();
  identity.token = random_name();
  identity.id = first_member;
  auto written = write_and_wait(directory.log_path(), first_records(identity, address, priority));
  if (!written) return tl::unexpected(std::move(written.error()));
  auto kept = directory.write_identity(identity);
  if (!kept) return tl::unexpected(std::move(kept.error()));
  return identity;
}

}  // namespace bellwether::node
