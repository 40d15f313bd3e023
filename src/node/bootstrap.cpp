#include "node/bootstrap.hpp"

#include <utility>
#include <vector>

#include "base/random_name.hpp"
#include "base/wall_clock.hpp"
#include "storage/write_once.hpp"

namespace bellwether::node {
namespace {

constexpr NodeId first_member{1};

std::vector<replication::Record> first_records(const storage::Identity& identity, const std::string& address,
                                               std::uint32_t priority) {
  const Ballot ballot{1, priority, first_member};
  InitCluster init{identity.cluster, identity.token, address, priority};
  auto entry = make_entry(1, ballot, wall_clock_ms(), std::move(init));
  std::vector<replication::Record> records;
  records.emplace_back(replication::PromiseRecord{ballot});
  records.emplace_back(replication::AppendRecord{1, {std::move(entry)}});
  records.emplace_back(replication::DecidedRecord{1});
  return records;
}

}  // namespace

Result<storage::Identity> found_cluster(storage::DataDirectory& directory, const std::string& address,
                                        std::uint32_t priority) {
  storage::Identity identity;
  identity.cluster = random_name();
  identity.key = random_name();
  identity.token = random_name();
  identity.id = first_member;
  auto written =
      storage::write_once(directory.log_path(), {}, [&](const replication::StableState& nothing_yet) {
        static_cast<void>(nothing_yet);
        return first_records(identity, address, priority);
      });
  if (!written) return tl::unexpected(std::move(written.error()));
  auto kept = directory.write_identity(identity);
  if (!kept) return tl::unexpected(std::move(kept.error()));
  return identity;
}

}  // namespace bellwether::node
